#include "selns/bootstrap/mmdebstrap_log.hpp"

#include "selns/base/text.hpp"
#include "selns/bootstrap/hooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace selns::bootstrap {

namespace {

constexpr std::size_t unmet_limit = 20;
constexpr std::size_t reason_limit = 6;

struct Phase {
    std::string_view mark;
    std::string_view text;
};

constexpr std::array<Phase, 7> phases = {{{"running apt-get update", "reading the package lists"},
                                          {"downloading packages", "resolving the packages"},
                                          {"simulate downloading", "resolving the packages"},
                                          {"extracting archives", "extracting the base packages"},
                                          {"installing essential", "installing the base packages"},
                                          {"cleaning package lists", "cleaning up"},
                                          {"creating tarball", "writing the archive"}}};

// apt's errors that only say that something else failed.
constexpr std::array<std::string_view, 5> apt_wrappers = {
    "apt-get ", "apt download failed", "Some index files failed", "Unable to fetch some archives",
    "Sub-process "};

// A % stands for the distribution's key.
constexpr std::array<Advice, 8> apt_advices = {
    {{"Unable to locate package", "the package sources of this release have no such package; more "
                                  "components (from.%.components) or repositories may"},
     {"has no installation candidate", "the package sources of this release do not have it"},
     {"Could not resolve", "from.%.mirror names another mirror; by default, it is this host's "
                           "apt sources"},
     {"Unable to connect", "from.%.mirror names another mirror; by default, it is this host's "
                           "apt sources"},
     {"Could not connect", "from.%.mirror names another mirror; by default, it is this host's "
                           "apt sources"},
     {"is expired", "the mirror is behind, or this machine's clock is wrong"},
     {"is not signed", "its key is missing, or another key signed it"},
     {"does not have a Release file", "check the release and the mirror"}}};

bool contains_any(std::string_view text, const auto& marks) {
    return std::any_of(marks.begin(), marks.end(),
                       [&](std::string_view mark) { return text.starts_with(mark); });
}

// apt writes file:/srv for what the recipe may write file:///srv.
std::string slashes_once(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (c != '/' || !result.ends_with('/'))
            result += c;
    return result;
}

// "Inst libc6 (2.36-9 Debian:12/stable [amd64]) []"
std::optional<Package> simulated(std::string_view line) {
    const auto words = split_words(line);
    const std::size_t open = line.find(" (");
    const std::size_t end = line.find(')', open);
    if (words.size() < 4 || open == line.npos || end == line.npos)
        return std::nullopt;
    const auto inside = line.substr(open + 2, end - open - 2);
    const std::size_t bracket = inside.rfind('[');
    if (bracket == inside.npos || !inside.ends_with(']'))
        return std::nullopt;
    std::string_view name = words[1];
    name = name.substr(0, name.find(':'));
    return Package{std::string(name), std::string(inside.substr(0, inside.find(' '))),
                   std::string(inside.substr(bracket + 1, inside.size() - bracket - 2))};
}

} // namespace

MmdebstrapLog::MmdebstrapLog(const AptRequest& request, const std::filesystem::path& run,
                             progress::Step& step, KeptPackages* kept)
    : request_(request), step_(step), hooks_(request.changes, run, step), kept_(kept) {}

void MmdebstrapLog::line(std::string_view text) {
    text = text.substr(0, log_line_limit);
    if (trim(text).empty())
        return;
    if (kept_ != nullptr && kept_->take(text)) {
        if (kept_->complete() && !to_fetch_) {
            fetched_ = 0; // so far, lists
            to_fetch_ = kept_->missing();
            to_set_up_ = kept_->wanted();
        }
        return;
    }
    if (hooks_.take(text))
        return;
    remember(text);
    if (text.starts_with("I: ") && !hooks_.in_command())
        mmdebstrap_line(text.substr(3));
    else
        apt_line(text);
}

void MmdebstrapLog::mmdebstrap_line(std::string_view text) {
    for (const Phase& phase : phases)
        if (text.starts_with(phase.mark))
            step_.detail(std::string(phase.text));
}

void MmdebstrapLog::apt_line(std::string_view text) {
    const auto words = split_words(text);
    if (words.empty())
        return;
    if (words[0].starts_with("Get:") && words.size() > 4 && !words[4].starts_with('[')) {
        ++fetched_;
        step_.detail("fetching " + printable(words[4]));
        step_.advance(fetched_, std::max(fetched_, to_fetch_.value_or(to_set_up_)),
                      "packages fetched");
    } else if (words.size() > 3 && words[0] == "Setting" && words[1] == "up") {
        ++set_up_;
        step_.detail("setting up " + printable(words[2]));
        step_.advance(set_up_, std::max(set_up_, to_set_up_), "packages");
    } else if (text.starts_with("Updating selinux ")) {
        step_.detail("compiling the policy: half a minute");
    } else if (words.size() > 4 && words[3] == "newly" && words[4].starts_with("installed")) {
        // Whoever told all that is to be fetched has counted these.
        if (!to_fetch_)
            to_set_up_ += number_of(words[2]).value_or(0);
    } else if (words[0] == "Inst") {
        if (auto package = simulated(text))
            hooks_.add(std::move(*package));
    }
}

void MmdebstrapLog::remember(std::string_view text) {
    if (!text.starts_with("I: "))
        hooks_.remember(text);
    if (text.starts_with("The following packages have unmet dependencies"))
        in_unmet_ = true;
    else if (!text.starts_with(' '))
        in_unmet_ = false;
    else if (in_unmet_ && unmet_.size() < unmet_limit)
        unmet_.emplace_back(trim(text));

    const bool full = text.find("No space left on device") != text.npos;
    const bool error = text.starts_with("E: ") || text.starts_with("W: GPG error") ||
                       text.starts_with("dpkg: error processing");
    // mmdebstrap wraps errors in warnings: "W: creating tarball failed: E: cannot copy to ..."
    const std::size_t inner = full ? text.rfind("E: ") : text.npos;
    std::string_view reason = inner != text.npos ? text.substr(inner) : text;
    if (reason.starts_with("E: ") || reason.starts_with("W: "))
        reason = trim(reason.substr(3));
    if ((!full && (!error || is_mmdebstrap_wrapper(text) || contains_any(reason, apt_wrappers))) ||
        reasons_.size() >= reason_limit)
        return;
    if (std::find(reasons_.begin(), reasons_.end(), reason) == reasons_.end())
        reasons_.emplace_back(reason);
}

std::string MmdebstrapLog::shown(std::string_view text) const {
    return printable(hooks_.with_own_paths(without_copied_packages(std::string(text))));
}

std::optional<Location> MmdebstrapLog::place_of(const std::string& reason) const {
    if (auto place = hooks_.place_of_file(reason))
        return place;
    const std::string own = slashes_once(without_copied_packages(reason));
    for (const auto& [uri, at] : request_.repository_places)
        if (own.find(slashes_once(uri)) != own.npos)
            return at;
    if (reason.find("://") != reason.npos)
        return std::nullopt; // a URI's words are no packages
    for (std::string_view word : split_words(reason)) {
        word = word.substr(std::min(word.size(), word.find_first_not_of("'\"")));
        const std::string name(word.substr(0, word.find_first_of("'\":/=")));
        if (const auto place = request_.places.find(name); place != request_.places.end())
            return place->second;
    }
    return std::nullopt;
}

std::optional<Location> MmdebstrapLog::place() const {
    for (const std::string& reason : reasons_)
        if (auto place = place_of(reason))
            return place;
    return std::nullopt;
}

std::string MmdebstrapLog::of_distribution(std::string_view text) const {
    std::string result;
    for (const char c : text)
        result += c == '%' ? request_.distribution : std::string(1, c);
    return result;
}

std::string MmdebstrapLog::details(const std::string& reason) const {
    std::vector<std::string> lines;
    for (const std::string& other : reasons_)
        if (other != reason)
            lines.push_back(shown(other));
    for (const std::string& text : unmet_)
        lines.push_back(shown(text));
    const auto advice = advice_on(reason, apt_advices);
    // Only a distribution has keys.
    if (!advice.empty() && !(request_.release.empty() && advice.find('%') != advice.npos))
        lines.push_back(of_distribution(advice));
    if (request_.missing_keyring && reason.find("is not signed") != reason.npos)
        lines.push_back(of_distribution("the keys of from.% are not known here: apt-get install " +
                                        *request_.missing_keyring +
                                        ", or name them with from.%.key"));
    return join(lines, "\n");
}

Error MmdebstrapLog::failure(int exit_code) const {
    if (auto failed = hooks_.failure())
        return *failed;
    if (reasons_.empty()) {
        std::vector<std::string> lines;
        for (const std::string& text : hooks_.tail())
            lines.push_back(shown(text));
        return Error(ErrorKind::tool_failed,
                     fmt::format("mmdebstrap failed (exit status {})", exit_code))
            .hint(join(lines, "\n"));
    }
    const std::string& reason = reasons_.front();
    Error error(ErrorKind::tool_failed, shown(reason));
    error.hint(details(reason));
    if (const auto known = place())
        error.at(*known);
    return error;
}

} // namespace selns::bootstrap
