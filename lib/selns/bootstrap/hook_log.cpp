#include "selns/bootstrap/hook_log.hpp"

#include "selns/base/text.hpp"
#include "selns/bootstrap/hooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace selns::bootstrap {

namespace {

constexpr std::size_t tail_limit = 20;
constexpr std::size_t package_limit = 100000;

constexpr std::array<std::string_view, 5> wrappers = {
    "E: setup failed:", "E: mmdebstrap failed to run",
    "E: command failed:", "E: unshared command failed", "E: run_progress() received"};

constexpr std::array<Advice, 5> host_advices = {
    {{"No space left on device", "free some space, or name another directory: TMPDIR for temporary "
                                 "roots, XDG_CACHE_HOME for the cache"},
     {"enough free space", "free some space, or name another directory: TMPDIR for temporary "
                           "roots, XDG_CACHE_HOME for the cache"},
     {"uidmap", "an ordinary user needs uidmap: apt-get install uidmap"},
     {"subuid", "an ordinary user needs a range of ids in /etc/subuid and /etc/subgid"},
     {"unshare syscall failed", "user namespaces are not to be had here (in a chroot, or turned "
                                "off by the kernel); build as root"}}};

} // namespace

bool is_mmdebstrap_wrapper(std::string_view line) {
    return std::ranges::any_of(wrappers,
                               [&](std::string_view mark) { return line.starts_with(mark); });
}

std::string_view advice_on(std::string_view reason, std::span<const Advice> own) {
    for (const auto& advices : {own, std::span<const Advice>(host_advices)})
        for (const Advice& advice : advices)
            if (reason.find(advice.mark) != reason.npos)
                return advice.text;
    return {};
}

std::optional<std::size_t> number_of(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

HookLog::HookLog(const Changes& changes, const std::filesystem::path& run, progress::Step& step,
                 Packages counting)
    : changes_(changes), counting_(counting), step_(step) {
    for (const auto& file : uploaded_packages(changes, run))
        uploaded_.push_back(file.string());
}

bool HookLog::take(std::string_view line) {
    if (!line.starts_with(hook_mark))
        return false;
    const auto words = split_words(line.substr(hook_mark.size()));
    if (words.size() == 1 && words[0] == "packages" && counting_ == Packages::last_list) {
        packages_.clear();
        command_.reset();
    } else if (words.size() == 5 && words[0] == "package" && !command_) {
        if (words[4] == "installed")
            add({std::string(words[1]), std::string(words[2]), std::string(words[3])});
    } else if (words.size() > 1 && words[0] == "base") {
        // What runs in the root may say something, too, but only later.
        if (base_.empty())
            base_ = trim(line.substr(line.find("base ") + 5));
    } else if (words.size() == 2 && words[0] == "offered") {
        if (offered_.empty())
            offered_ = std::string(words[1]);
    } else if (words.size() > 1 && words[0] == "note") {
        step_.sink().note(printable(line.substr(line.find("note ") + 5)));
    } else if (words.size() > 1 && words[0] == "command") {
        const auto index = number_of(words[1]);
        if (!index || *index >= changes_.commands.size())
            return true;
        command_ = *index;
        if (words.size() == 4 && words[2] == "failed") {
            status_ = std::string(words[3]);
            return true;
        }
        tail_.clear();
        step_.detail("running " + printable(trim(changes_.commands[*index].value)));
    }
    return true;
}

void HookLog::remember(std::string_view line) {
    tail_.emplace_back(line);
    if (tail_.size() > tail_limit)
        tail_.pop_front();
}

std::optional<std::string> HookLog::kept_base() const {
    constexpr std::string_view kept = "kept ";
    if (!base_.starts_with(kept))
        return std::nullopt;
    return base_.substr(kept.size());
}

std::vector<Package> HookLog::packages() const {
    auto result = packages_;
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

void HookLog::add(Package package) {
    if (packages_.size() < package_limit)
        packages_.push_back(std::move(package));
}

std::optional<Error> HookLog::failure() const {
    if (!command_ || !status_)
        return std::nullopt;
    const auto& command = changes_.commands[*command_];
    std::vector<std::string> lines;
    for (const std::string& text : tail_)
        if (!is_mmdebstrap_wrapper(text))
            lines.push_back(printable(text));
    return Error(ErrorKind::tool_failed, fmt::format("the command ended with status {}: {}",
                                                     *status_, printable(trim(command.value))))
        .at(command.at)
        .hint(join(lines, "\n"));
}

std::string HookLog::with_own_paths(std::string text) const {
    for (std::size_t i = uploaded_.size(); i-- > 0;) {
        const std::string own = changes_.local_packages[i].value.string();
        for (std::size_t at = 0; (at = text.find(uploaded_[i], at)) != text.npos; at += own.size())
            text.replace(at, uploaded_[i].size(), own);
    }
    return text;
}

std::optional<Location> HookLog::place_of_file(std::string_view text) const {
    for (std::size_t i = uploaded_.size(); i-- > 0;)
        if (text.find(uploaded_[i]) != text.npos)
            return changes_.local_packages[i].at;
    return std::nullopt;
}

} // namespace selns::bootstrap
