#include "selns/kernel/policy_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace selns::kernel {

namespace {

using Release = std::pair<unsigned, unsigned>; // 6, 1

struct Since {
    unsigned policy_version;
    Release linux_release;
};
constexpr std::array<Since, 2> news = {{
    {34, {6, 14}}, // extended permissions in conditional rules
    {35, {6, 17}}, // neveraudit types
}};

std::optional<Release> read_release(std::string_view text) {
    Release release;
    const char* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, release.first);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.')
        return {};
    const auto minor = std::from_chars(major.ptr + 1, end, release.second);
    return minor.ec == std::errc() ? std::optional(release) : std::nullopt;
}

} // namespace

std::optional<std::string> policy_version_note(std::string_view release, unsigned version) {
    const auto* const since = std::ranges::find(news, version, &Since::policy_version);
    const auto known = read_release(release);
    if (since == news.end() || !known || *known >= since->linux_release)
        return {};
    return fmt::format(
        "policy version {} is newer than the kernel {} loads (Linux {}.{} does): the image's "
        "libselinux converts it at each boot, for which the image needs libsepol",
        version, release, since->linux_release.first, since->linux_release.second);
}

} // namespace selns::kernel
