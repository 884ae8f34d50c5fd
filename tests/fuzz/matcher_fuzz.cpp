// Small specification files and paths of any shape: the matcher and libselinux give one answer.
#include "selns/base/error.hpp"
#include "selns/label/label.hpp"
#include "selns/label/regex.hpp"
#include "unit/label/oracle.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace selns;

namespace {

// libselinux has higher match limits; what is longer than this could keep it busy for minutes.
constexpr std::size_t longest_input = 600;
constexpr std::array<std::uint32_t, 4> types = {S_IFREG, S_IFDIR, S_IFLNK, 0};

// The input is five parts with a NUL between them: specifications, those of the home directories,
// subs, subs_dist, paths (one a line, and all lines as one).
// Each ends its last line: where a subs file does not, libselinux 3.4 reads a lone word there on
// into what is left of the line before.
std::string next_part(std::string_view& input) {
    const auto end = input.find('\0');
    const auto part = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return std::string(part) + '\n';
}

// Whether a regular expression ends at its limit on PATH. libselinux gives up then, even where the
// matcher need not try this one.
bool reaches_limit(const label::Matcher& matcher, std::string path) {
    if (const auto steps = matcher.substitutions(path); !steps.empty())
        path = steps.back().path;
    const label::MatchMemory memory;
    const label::MatchLimits limits(label::MatchLimits::most_steps);
    for (const auto& specification : matcher.specifications())
        if (label::Regex(specification.regex).match(path, memory, limits) ==
            label::Regex::Outcome::limit)
            return true;
    return false;
}

void fail(const std::string& path, std::uint32_t type, const std::string& what) {
    std::fprintf(stderr, "path \"%s\" type %o: %s\n", path.c_str(), type, what.c_str());
    std::abort();
}

void compare(const label::Matcher& matcher, const label::test::Oracle& oracle,
             const std::string& path, std::uint32_t type) {
    const auto ours = label::test::context_of(matcher, path, type);
    const auto all = matcher.candidates(path, type);
    if ((all.empty() ? nullptr : all.front()) != matcher.find(path, type))
        fail(path, type, "the first candidate is another one");
#ifndef SELNS_LIBSELINUX_REWRITTEN
    const auto theirs = oracle.find(path, type);
    if (ours != theirs && !reaches_limit(matcher, path))
        fail(path, type,
             "ours " + ours.value_or("(none)") + ", libselinux " + theirs.value_or("(none)"));
#endif
}

void compare_all(const label::Specifications& specifications, std::string_view paths) {
    const label::Matcher matcher(specifications);
    const label::test::Oracle oracle(specifications);
    if (!oracle.opened())
        return;
    const auto ask = [&](std::string_view path) {
        for (const auto type : types) {
            try {
                compare(matcher, oracle, std::string(path), type);
            } catch (const Error&) { // a match limit
            }
        }
    };
    ask(paths);
    while (!paths.empty()) {
        const auto end = paths.find('\n');
        ask(paths.substr(0, end));
        paths.remove_prefix(end == std::string_view::npos ? paths.size() : end + 1);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > longest_input)
        return 0;
    std::string_view input(reinterpret_cast<const char*>(data), size);
    label::Specifications specifications;
    specifications.files.push_back({"file_contexts", next_part(input)});
    specifications.files.push_back({"homedirs", next_part(input)});
    specifications.subs = label::SpecificationFile{"subs", next_part(input)};
    specifications.subs_dist = label::SpecificationFile{"subs_dist", next_part(input)};
    try {
        compare_all(specifications, input.substr(0, input.find('\0')));
    } catch (const Error&) { // refused
    }
    return 0;
}
