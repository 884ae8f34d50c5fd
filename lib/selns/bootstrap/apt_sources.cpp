#include "selns/bootstrap/apt_sources.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>

namespace selns::bootstrap {

namespace {

enum class SuiteKind { release, updates, security, other };

struct Suite {
    std::string release;
    SuiteKind kind = SuiteKind::release;
    std::string suffix;
};

Suite classify(const std::string& name) {
    struct Known {
        std::string_view suffix;
        SuiteKind kind;
    };
    static constexpr std::array<Known, 6> known = {{{"-updates", SuiteKind::updates},
                                                    {"-security", SuiteKind::security},
                                                    {"/updates", SuiteKind::security},
                                                    {"-proposed-updates", SuiteKind::other},
                                                    {"-backports", SuiteKind::other},
                                                    {"-backports-sloppy", SuiteKind::other}}};
    Suite result{name, SuiteKind::release, {}};
    for (const auto& [suffix, kind] : known)
        // The longest one wins: -proposed-updates ends in -updates.
        if (name.ends_with(suffix) && suffix.size() > result.suffix.size())
            result = {name.substr(0, name.size() - suffix.size()), kind, std::string(suffix)};
    return result;
}

bool has_main(const AptSource& source) {
    return std::find(source.components.begin(), source.components.end(), "main") !=
           source.components.end();
}

bool is_own(const AptSource& source, const AptArchives& archives) {
    const bool usable = source.uri.starts_with("http://") || source.uri.starts_with("https://") ||
                        source.uri.starts_with("file:");
    if (!usable)
        return false;
    if (source.origin)
        return *source.origin == archives.origin;
    return has_main(source) && std::any_of(archives.paths.begin(), archives.paths.end(),
                                           [&](auto path) { return source.uri.ends_with(path); });
}

std::string source_line(const std::string& uri, const std::string& suite,
                        const recipe::Release& release, const std::optional<std::string>& keyring) {
    std::string line = "deb ";
    if (keyring)
        line += "[signed-by=" + *keyring + "] ";
    return line + uri + " " + suite + " " + join(release.components, " ");
}

void add_once(std::vector<std::string>& lines, std::string line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end())
        lines.push_back(std::move(line));
}

// The text between the first and the last quote of "'URI' NAME SIZE"; NAME in NAME.
std::string_view quoted_uri(std::string_view line, std::string_view& name) {
    const std::size_t end = line.rfind('\'');
    if (!line.starts_with('\'') || end == 0)
        return {};
    const auto words = split_words(line.substr(end + 1));
    name = words.empty() ? std::string_view() : words.front();
    return line.substr(1, end - 1);
}

} // namespace

std::vector<AptSource> parse_print_uris(std::string_view output) {
    std::vector<AptSource> sources;
    for (const std::string_view line : split(output, '\n')) {
        std::string_view name;
        const std::string_view uri = quoted_uri(line, name);
        const std::size_t dists = uri.rfind("/dists/");
        if (dists == uri.npos)
            continue;
        const std::string base(uri.substr(0, dists));
        const std::string_view rest = uri.substr(dists + 7);
        if (rest.ends_with("/InRelease")) {
            std::string suite(rest.substr(0, rest.size() - 10));
            sources.push_back({base, std::move(suite), {}, std::string(name), {}, {}});
            continue;
        }
        for (AptSource& source : sources) {
            const std::size_t binary = rest.rfind("/binary-");
            if (source.uri != base || binary == rest.npos || !rest.starts_with(source.suite + "/"))
                continue;
            const auto from = source.suite.size() + 1;
            if (binary > from)
                add_once(source.components, std::string(rest.substr(from, binary - from)));
        }
    }
    return sources;
}

void read_release(AptSource& source, std::string_view in_release) {
    for (const std::string_view line : split(in_release, '\n')) {
        if (line.starts_with("Origin:"))
            source.origin = std::string(trim(line.substr(7)));
        else if (line.starts_with("Codename:"))
            source.codename = std::string(trim(line.substr(9)));
        else if (line.starts_with("MD5Sum:") || line.starts_with("SHA256:"))
            return;
    }
}

std::vector<std::string> apt_sources(const recipe::Release& release, const AptArchives& archives,
                                     const std::vector<AptSource>& host,
                                     const std::optional<std::string>& keyring) {
    if (release.mirror)
        return {source_line(*release.mirror, release.name, release, keyring)};

    const bool updated = std::find(archives.without_updates.begin(), archives.without_updates.end(),
                                   release.name) == archives.without_updates.end();
    std::vector<std::string> same;  // of the very release
    std::vector<std::string> other; // of another release, with the suites of this one
    for (const AptSource& source : host) {
        const Suite suite = classify(source.suite);
        const bool wanted =
            suite.kind == SuiteKind::release || (suite.kind != SuiteKind::other && updated);
        if (!is_own(source, archives) || !wanted)
            continue;
        const bool matches =
            suite.release == release.name ||
            (source.codename && classify(*source.codename).release == release.name);
        const std::string suffix =
            suite.kind == SuiteKind::security && !matches ? "-security" : suite.suffix;
        add_once(matches ? same : other,
                 source_line(source.uri, release.name + suffix, release, keyring));
    }
    return same.empty() ? other : same;
}

std::string repository_source(const recipe::Repository& repository, const std::string& key) {
    std::string text =
        "Types: deb\nURIs: " + repository.uri + "\nSuites: " + repository.suite + "\n";
    if (!repository.components.empty())
        text += "Components: " + join(repository.components, " ") + "\n";
    text += "Signed-By:\n";
    for (const std::string_view line : split(trim(key), '\n'))
        text += line.empty() ? " .\n" : " " + std::string(line) + "\n";
    return text;
}

std::string with_copied_packages(std::string text) {
    for (std::size_t at = 0; (at = text.find(" file:/", at)) != text.npos;)
        text.replace(at, 7, " copy:/");
    return text;
}

std::string without_copied_packages(std::string text) {
    for (std::size_t at = 0; (at = text.find("copy:/", at)) != text.npos;)
        text.replace(at, 6, "file:/");
    return text;
}

} // namespace selns::bootstrap
