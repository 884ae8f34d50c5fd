#include "selns/bootstrap/dnf_log.hpp"

#include "selns/base/text.hpp"
#include "selns/bootstrap/hooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace selns::bootstrap {

namespace {

constexpr std::size_t dnf_reason_limit = 8;

// What a line that says why begins with, or has in it.
constexpr std::array<std::string_view, 11> beginnings = {"Error: ",
                                                         "error: ",
                                                         "Problem",
                                                         "No match for argument",
                                                         "Public key for ",
                                                         "Failed to download",
                                                         "Failed to resolve",
                                                         "Transaction failed",
                                                         "OpenPGP check",
                                                         "Cannot download",
                                                         "E: "};
constexpr std::array<std::string_view, 5> parts = {
    " is not signed", "Failing package is", "not correct for this package",
    "No space left on device", "unshare syscall failed"};

// Lines that only say that something failed.
constexpr std::array<std::string_view, 3> dnf_wrappers = {
    "Error: GPG check FAILED",
    "Error: Transaction test error:", "Error: Error downloading packages:"};

constexpr std::array<Advice, 4> dnf_advices = {
    {{"No match for argument", "the repositories of this release have no such package"},
     {"Unable to find a match", "the repositories of this release have no such package"},
     {"is not signed", "packages of a repository must be signed by its key"},
     {"not correct for this package", "another key signed it than that of its repository"}}};

bool only_says_that(std::string_view text) {
    return is_mmdebstrap_wrapper(text) ||
           std::ranges::any_of(dnf_wrappers,
                               [&](std::string_view mark) { return text.starts_with(mark); });
}

bool is_reason(std::string_view text) {
    return std::ranges::any_of(beginnings,
                               [&](std::string_view mark) { return text.starts_with(mark); }) ||
           std::ranges::any_of(parts, [&](std::string_view mark) {
               return text.find(mark) != std::string_view::npos;
           });
}

// What a reason says, without the word for what it is.
std::string_view without_label(std::string_view text) {
    for (const std::string_view label : {"Error: ", "error: ", "E: "})
        if (text.starts_with(label))
            return trim(text.substr(label.size()));
    return text;
}

// "NAME-VERSION-RELEASE.ARCH..." or NAME itself.
bool names_package(std::string_view word, std::string_view name) {
    if (word == name)
        return true;
    return word.starts_with(name) && word.size() > name.size() + 1 && word[name.size()] == '-' &&
           std::isdigit(static_cast<unsigned char>(word[name.size() + 1])) != 0;
}

std::string_view bare(std::string_view word) {
    constexpr std::string_view marks = "'\"(),:;";
    while (!word.empty() && marks.find(word.front()) != marks.npos)
        word.remove_prefix(1);
    while (!word.empty() && marks.find(word.back()) != marks.npos)
        word.remove_suffix(1);
    return word;
}

} // namespace

std::string rpm_version(std::string_view text) {
    return std::string(text.starts_with("0:") ? text.substr(2) : text);
}

std::vector<Package> DnfLog::packages() const {
    auto packages = hooks_.packages();
    // Keys are in the database like packages.
    std::erase_if(packages, [](const Package& package) { return package.name == "gpg-pubkey"; });
    for (Package& package : packages)
        package.version = rpm_version(package.version);
    return packages;
}

void DnfLog::line(std::string_view text) {
    text = text.substr(0, log_line_limit);
    if (trim(text).empty() || hooks_.take(text))
        return;
    remember(text);
    if (!hooks_.in_command())
        progress(text);
}

// dnf 4: "  Installing       : bash-5.2-1.x86_64    2/12"; dnf 5: "[2/12] Installing bash-0:5.2..."
void DnfLog::progress(std::string_view text) {
    const auto words = split_words(text);
    if (words.size() < 3)
        return;
    const bool five = words[0].starts_with('[') && words[0].ends_with(']');
    const std::string_view count = five ? words[0].substr(1, words[0].size() - 2) : words.back();
    const std::size_t slash = count.find('/');
    if (words[five ? 1 : 0] == "Installing" && slash != count.npos) {
        const auto done = number_of(count.substr(0, slash));
        const auto all = number_of(count.substr(slash + 1));
        step_.detail("installing " + printable(words[2]));
        if (done && all)
            step_.advance(*done, std::max(*done, *all), "packages");
    } else if (words[0].starts_with('(') && words[0].ends_with("):")) {
        step_.detail("fetching " + printable(words[1]));
    } else if (text.starts_with("Downloading Packages") ||
               text.starts_with("Running transaction")) {
        step_.detail("installing the packages");
    } else if (text.starts_with("warning: %") && text.find("scriptlet failed") != text.npos) {
        // rpm goes on after these.
        step_.sink().note(printable(trim(text.substr(text.find('%')))));
    }
}

void DnfLog::remember(std::string_view text) {
    if (text.starts_with("I: "))
        return;
    hooks_.remember(text);
    if (hooks_.in_command())
        return;
    const std::string_view reason = trim(text);
    // The lines on a problem follow it, indented.
    in_error_ = is_reason(reason) || (in_error_ && text.starts_with("  "));
    if (!in_error_ || only_says_that(reason) || reasons_.size() >= dnf_reason_limit)
        return;
    const auto said = without_label(reason);
    if (!said.empty() && std::ranges::find(reasons_, said) == reasons_.end())
        reasons_.emplace_back(said);
}

std::string DnfLog::shown(std::string_view text) const {
    return printable(hooks_.with_own_paths(std::string(text)));
}

std::optional<Location> DnfLog::place_of(std::string_view reason) const {
    if (auto place = hooks_.place_of_file(reason))
        return place;
    for (const std::string_view word : split_words(reason))
        for (const auto& [name, at] : request_.places)
            if (names_package(bare(word), name))
                return at;
    for (const std::string_view word : split_words(reason))
        if (const auto found = request_.repository_places.find(std::string(bare(word)));
            found != request_.repository_places.end())
            return found->second;
    return std::nullopt;
}

std::optional<Location> DnfLog::place() const {
    for (const std::string& reason : reasons_)
        if (const auto known = place_of(reason))
            return known;
    return std::nullopt;
}

Error DnfLog::failure(int exit_code) const {
    if (auto failed = hooks_.failure())
        return *failed;
    std::vector<std::string> lines;
    if (reasons_.empty()) {
        for (const std::string& text : hooks_.tail())
            lines.push_back(shown(text));
        return Error(ErrorKind::tool_failed, fmt::format("dnf failed (exit status {})", exit_code))
            .hint(join(lines, "\n"));
    }
    Error error(ErrorKind::tool_failed, shown(reasons_.front()));
    for (std::size_t i = 1; i < reasons_.size(); ++i)
        lines.push_back(shown(reasons_[i]));
    if (const auto advice = advice_on(reasons_.front(), dnf_advices); !advice.empty())
        lines.emplace_back(advice);
    const auto known = place();
    if (known)
        error.at(*known);
    else if (reasons_.front().starts_with("Failed to download metadata"))
        lines.push_back(fmt::format("from.{}.mirror names another mirror; by default, it is what "
                                    "this host's dnf has, or the release's own",
                                    request_.distribution));
    return error.hint(join(lines, "\n"));
}

} // namespace selns::bootstrap
