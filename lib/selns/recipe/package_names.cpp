#include "selns/recipe/package_names.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/pattern.hpp"

#include <array>

namespace selns::recipe {

namespace {

// A leading '-' would be an option of apt, '?' and '~' its patterns, a trailing '-' a removal.
constexpr std::string_view apt_name =
    "[a-z0-9]([a-z0-9+.-]*[a-z0-9+.])?(:[a-z0-9]([a-z0-9-]*[a-z0-9])?)?"
    "(=[A-Za-z0-9][A-Za-z0-9.+:~-]*\\*?|/[a-z][a-z0-9.-]*)?";
// NAME, NAME-VERSION, NAME.ARCHITECTURE, @GROUP or @^ENVIRONMENT: no glob, no path, no option.
constexpr std::string_view dnf_name = "(@\\^?)?[A-Za-z0-9_][A-Za-z0-9_+.~^:-]*";

struct Names {
    SourceKind kind = SourceKind::apt;
    std::string_view name;   // as a pattern
    std::string_view suffix; // of its files
    std::string_view examples;
};

constexpr std::array<Names, 2> all = {
    {{SourceKind::apt, apt_name, ".deb", "nginx, nginx=1.22*, nginx/bookworm or libc6:amd64"},
     {SourceKind::dnf, dnf_name, ".rpm", "nginx, nginx-1.24.0, glibc.x86_64 or \"@core\""}}};

std::string alternatives(const Names& names) {
    return std::string(names.name) + "|\\.{0,2}/.*\\" + std::string(names.suffix);
}

bool matches(const Names& names, std::string_view item) {
    static const Pattern apt("^(" + alternatives(all[0]) + ")$");
    static const Pattern dnf("^(" + alternatives(all[1]) + ")$");
    return (names.kind == SourceKind::apt ? apt : dnf).matches(item);
}

} // namespace

std::string any_package_pattern() {
    return "^(" + alternatives(all[0]) + "|" + alternatives(all[1]) + ")$";
}

std::string package_problem(const Source& source, std::string_view item) {
    const bool path = item.starts_with('.') || item.starts_with('/');
    for (const Names& names : all) {
        if (source.is_distribution() && source.kind != names.kind)
            continue;
        // apt and dnf would look for a package of that name.
        if (!path && item.ends_with(names.suffix))
            return "expected a package, or a " + std::string(names.suffix) +
                   " file by its path; for a file write ./" + std::string(item);
        if (source.is_distribution() && !matches(names, item))
            return "expected a package such as " + std::string(names.examples) +
                   ", or a path such as ./local" + std::string(names.suffix) + ", got \"" +
                   printable(item) + "\"";
    }
    return {};
}

} // namespace selns::recipe
