#include "selns/base/diagnostics.hpp"
#include "selns/base/text.hpp"
#include "selns/label/label.hpp"
#include "selns/label/parse.hpp"
#include "selns/label/pattern.hpp"
#include "selns/label/regex.hpp"
#include "selns/label/substitutions.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace selns::label {

namespace {

// All compiled regular expressions together; Debian's policy needs 0.3 MiB.
constexpr std::size_t most_compiled_bytes = 64U << 20U;

// What is tried on a path, besides whole literal paths.
struct Candidate {
    std::uint32_t specification;
    Pattern pattern;
    std::optional<Regex> regex; // unless the pattern's tail says it all
    bool check_stem = false;    // the prefix does not imply the stem
};

// libselinux's preparation of a path: runs of slashes are one, a trailing one is dropped.
std::string_view clean(std::string_view path, std::string& storage) {
    if (path.find("//") != std::string_view::npos) {
        storage.assign(path);
        const auto same_slash = [](char a, char b) { return a == '/' && b == '/'; };
        storage.erase(std::unique(storage.begin(), storage.end(), same_slash), storage.end());
        path = storage;
    }
    if (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

bool fits(const Specification& specification, std::uint32_t type) {
    return specification.type == 0 || type == 0 || specification.type == type;
}

// "$" matches before a newline that ends the path as well.
bool at_end(std::string_view rest) {
    return rest.empty() || rest == "\n";
}

} // namespace

struct Matcher::Impl {
    std::vector<Specification> specifications;
    Substitutions subs;
    Substitutions subs_dist;
    MatchLimits limits;

    // Both groups in one order: the later candidate wins. The literal group comes last.
    std::vector<Candidate> candidates;
    // Candidates, last first, by the directory that their prefix lies in ("/usr/bin/"; "" for
    // none); each is only tried on paths below that directory.
    StringMap<std::vector<std::uint32_t>> by_directory;
    std::size_t longest_directory = 0;
    // The same by whole path, for literal specifications.
    StringMap<std::vector<std::uint32_t>> by_path;

    std::size_t compiled_bytes = 0;

    void add(std::uint32_t index, Pattern pattern, Diagnostics& problems);
    void order();
    const Candidate* literal(std::string_view path, std::uint32_t type) const;
    bool matches(const Candidate& candidate, std::string_view path,
                 std::optional<MatchMemory>& memory) const;
    const Specification* find(std::string_view path, std::uint32_t type) const;
};

void Matcher::Impl::add(std::uint32_t index, Pattern pattern, Diagnostics& problems) {
    Candidate candidate{index, std::move(pattern), std::nullopt, false};
    const auto& stem = candidate.pattern.stem;
    candidate.check_stem =
        !stem.empty() && !candidate.pattern.prefix.starts_with(std::string(stem) + '/');
    if (candidate.pattern.tail == Pattern::Tail::regex) {
        const auto& specification = specifications[index];
        try {
            candidate.regex.emplace(specification.regex);
        } catch (const Error& error) {
            return problems.add(specification.at,
                                fmt::format("{} in \"{}\"", error.message(),
                                            printable(specification.regex.substr(0, 200))));
        }
        compiled_bytes += candidate.regex->size();
        if (compiled_bytes > most_compiled_bytes)
            throw Error(ErrorKind::invalid_input,
                        "the regular expressions take more than 64 MiB of memory")
                .at(specification.at);
    }
    candidates.push_back(std::move(candidate));
}

// Fills the two indexes once the candidates are in order.
void Matcher::Impl::order() {
    for (auto i = static_cast<std::uint32_t>(candidates.size()); i-- > 0;) {
        const auto& pattern = candidates[i].pattern;
        if (pattern.literal && pattern.tail == Pattern::Tail::nothing) {
            by_path[pattern.prefix].push_back(i);
            continue;
        }
        const auto slash = pattern.prefix.rfind('/');
        const auto length = slash == std::string::npos ? 0 : slash + 1;
        longest_directory = std::max(longest_directory, length);
        by_directory[pattern.prefix.substr(0, length)].push_back(i);
    }
}

const Candidate* Matcher::Impl::literal(std::string_view path, std::uint32_t type) const {
    const auto found = by_path.find(path);
    if (found == by_path.end())
        return nullptr;
    for (const auto i : found->second) {
        const auto& candidate = candidates[i];
        if (fits(specifications[candidate.specification], type) &&
            (!candidate.check_stem || candidate.pattern.stem == stem_of_path(path)))
            return &candidate;
    }
    return nullptr;
}

bool Matcher::Impl::matches(const Candidate& candidate, std::string_view path,
                            std::optional<MatchMemory>& memory) const {
    const auto& pattern = candidate.pattern;
    if (!path.starts_with(pattern.prefix) ||
        (candidate.check_stem && pattern.stem != stem_of_path(path)))
        return false;
    const auto rest = path.substr(pattern.prefix.size());
    switch (pattern.tail) {
    case Pattern::Tail::nothing:
        return at_end(rest);
    case Pattern::Tail::anything:
        return true;
    case Pattern::Tail::something:
        return !rest.empty();
    case Pattern::Tail::subtree:
        return at_end(rest) || rest[0] == '/';
    case Pattern::Tail::regex:
        break;
    }
    if (!memory)
        memory.emplace();
    const auto outcome = candidate.regex->match(path, *memory, limits);
    if (outcome == Regex::Outcome::limit) {
        const auto& specification = specifications[candidate.specification];
        throw Error(ErrorKind::invalid_input,
                    fmt::format("the regular expression \"{}\" takes too long on the path \"{}\"",
                                printable(specification.regex), printable(path)))
            .at(specification.at)
            .hint("it backtracks without end: write it without nested repetition");
    }
    return outcome == Regex::Outcome::match;
}

const Specification* Matcher::Impl::find(std::string_view path, std::uint32_t type) const {
    const Candidate* best = literal(path, type);
    if (path.ends_with('\n')) {
        const Candidate* other = literal(path.substr(0, path.size() - 1), type);
        if (best == nullptr || (other != nullptr && other > best))
            best = other;
    }

    // The lists of every directory above the path, merged: what comes last is tried first.
    struct List {
        const std::uint32_t* next;
        const std::uint32_t* end;
    };
    std::vector<List> lists;
    const auto open = [&](std::string_view directory) {
        const auto found = by_directory.find(directory);
        if (found != by_directory.end())
            lists.push_back({found->second.data(), found->second.data() + found->second.size()});
    };
    open({});
    for (std::size_t i = 0; i < std::min(path.size(), longest_directory); ++i)
        if (path[i] == '/')
            open(path.substr(0, i + 1));

    std::optional<MatchMemory> memory;
    while (!lists.empty()) {
        const auto last =
            std::max_element(lists.begin(), lists.end(),
                             [](const List& a, const List& b) { return *a.next < *b.next; });
        const auto& candidate = candidates[*last->next];
        if (best != nullptr && best > &candidate)
            break;
        if (fits(specifications[candidate.specification], type) &&
            matches(candidate, path, memory)) {
            best = &candidate;
            break;
        }
        if (++last->next == last->end)
            lists.erase(last);
    }
    return best == nullptr ? nullptr : &specifications[best->specification];
}

Matcher::Matcher(const Specifications& specifications) : impl_(std::make_unique<Impl>()) {
    Diagnostics problems;
    if (specifications.subs_dist)
        impl_->subs_dist = Substitutions(*specifications.subs_dist, problems);
    if (specifications.subs)
        impl_->subs = Substitutions(*specifications.subs, problems);
    for (const auto& file : specifications.files)
        parse_specifications(file, impl_->specifications, problems);

    std::vector<Pattern> patterns;
    patterns.reserve(impl_->specifications.size());
    for (const auto& specification : impl_->specifications)
        patterns.push_back(analyse(specification.regex));
    for (const bool literal : {false, true})
        for (std::uint32_t i = 0; i < patterns.size(); ++i)
            if (patterns[i].literal == literal && problems.size() < most_problems)
                impl_->add(i, std::move(patterns[i]), problems);
    problems.throw_if_any();
    impl_->order();
}

Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

const Specification* Matcher::find(std::string_view path, std::uint32_t type) const {
    std::string storage;
    path = clean(path, storage);
    if (path.empty())
        return nullptr;
    // A path that one list changed goes through the other one as well.
    std::string replaced;
    for (const auto* list : {&impl_->subs, &impl_->subs_dist}) {
        if (auto result = list->apply(path)) {
            replaced = std::move(*result);
            path = replaced;
        }
    }
    return impl_->find(path, type & S_IFMT);
}

const std::vector<Specification>& Matcher::specifications() const {
    return impl_->specifications;
}

} // namespace selns::label
