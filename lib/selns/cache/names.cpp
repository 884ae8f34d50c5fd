#include "selns/cache/names.hpp"

#include "selns/base/hash.hpp"

#include <algorithm>
#include <array>

namespace selns::cache {

namespace {

constexpr std::array<std::string_view, 17> kinds = {
    "accelerator",   "apt-answer", "base",       "bootstrap",      "contexts",   "download",
    "index",         "kernel",     "kernel-git", "kernel-package", "neverallow", "package",
    "package-lists", "plan",       "policy",     "policy-source",  "verdicts"};

// What stands before the last '-' and after it.
bool is_pair(std::string_view name, bool (*is_second)(std::string_view)) {
    const auto dash = name.rfind('-');
    return dash != name.npos && is_kind(name.substr(0, dash)) && is_second(name.substr(dash + 1));
}

} // namespace

bool is_kind(std::string_view name) {
    return std::ranges::find(kinds, name) != kinds.end();
}

bool is_key(std::string_view name) {
    return is_sha256(name);
}

bool is_lock(std::string_view name) {
    return is_pair(name, is_key);
}

bool is_staged(std::string_view name) {
    return is_pair(name, is_run);
}

// As mkstemp() and mkdtemp() make them.
bool is_run(std::string_view name) {
    return name.size() == 6 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "0123456789") == name.npos;
}

bool is_state(std::string_view name) {
    constexpr std::string_view suffix = ".json";
    return name.ends_with(suffix) && is_key(name.substr(0, name.size() - suffix.size()));
}

} // namespace selns::cache
