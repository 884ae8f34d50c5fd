#include "selns/policy/semanage_conf.hpp"

#include "selns/base/text.hpp"
#include "selns/policy/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace selns::policy {

namespace {

constexpr std::array<std::string_view, 11> kept{
    "policy-version", "target-platform", "expand-check", "handle-unknown",
    "multiple-decls", "usepasswd",       "ignoredirs",   "disable-genhomedircon",
    "bzip-blocksize", "optimize-policy", "remove-hll",
};

bool harmless(std::string_view value) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./;,-";
    return !value.empty() && value.find_first_not_of(allowed) == std::string_view::npos;
}

// The last one counts; empty: it is not set.
std::string_view setting(std::string_view conf, std::string_view wanted) {
    std::string_view found;
    for (const auto& [key, value] : settings_in(conf))
        if (key == wanted)
            found = value;
    return found;
}

} // namespace

std::string image_semanage_conf(const tree::Tree& rootfs) {
    return rootfs.read(selinux_directory(rootfs) + "/semanage.conf", 1U << 20U).value_or("");
}

std::vector<std::pair<std::string_view, std::string_view>> settings_in(std::string_view conf) {
    std::vector<std::pair<std::string_view, std::string_view>> settings;
    for (const std::string_view line : split(conf, '\n'))
        if (const auto equals = line.find('='); equals != std::string_view::npos)
            settings.emplace_back(trim(line.substr(0, equals)), trim(line.substr(equals + 1)));
    return settings;
}

bool checks_expansion(std::string_view image_conf) {
    const std::string_view text = setting(image_conf, "expand-check");
    return !text.empty() && text != "0";
}

int bzip_block_size(std::string_view image_conf) {
    constexpr int largest = 9; // and libsemanage's own choice
    const std::string_view text = setting(image_conf, "bzip-blocksize");
    return text.size() == 1 && text[0] >= '0' && text[0] <= '9' ? text[0] - '0' : largest;
}

std::string sanitised_semanage_conf(std::string_view image_conf, unsigned policy_version,
                                    unsigned newest, std::string_view program) {
    std::map<std::string_view, std::string_view> settings;
    for (const auto& [key, value] : settings_in(image_conf))
        if (std::find(kept.begin(), kept.end(), key) != kept.end() && harmless(value))
            settings[key] = value;
    const std::string version = std::to_string(std::min(policy_version, newest));
    const auto named = settings.try_emplace("policy-version", version).first;
    unsigned number = 0;
    std::from_chars(named->second.begin(), named->second.end(), number);
    if (number > newest)
        named->second = version;
    // Debian's choice: checking neverallow needs another full expansion.
    settings.try_emplace("expand-check", "0");

    std::string text = "module-store = direct\nsave-previous = false\n";
    for (const auto& [key, value] : settings)
        text += fmt::format("{} = {}\n", key, value);
    for (const char* section : {"sefcontext_compile", "setfiles", "load_policy"})
        text += fmt::format("[{}]\npath = {}\nargs = $@\n[end]\n", section, program);
    return text;
}

} // namespace selns::policy
