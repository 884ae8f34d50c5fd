#include "selns/label/index.hpp"

#include "selns/base/text.hpp"
#include "selns/label/parse.hpp"
#include "selns/label/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory_resource>
#include <numeric>

namespace selns::label {

namespace {

constexpr std::uint32_t literal_bit = 1U << 31U;

// Specifications without metacharacters beat all others; in each group the later one wins.
std::uint32_t rank_of(std::uint32_t index, const Pattern& pattern) {
    return index | (pattern.literal ? literal_bit : 0);
}

} // namespace

Index::Index(const std::vector<Specification>& specifications, Diagnostics& problems)
    : specifications_(specifications) {
    std::vector<Pattern> patterns;
    patterns.reserve(specifications.size());
    for (const auto& specification : specifications)
        patterns.push_back(analyse(specification.regex));

    std::vector<std::uint32_t> order(specifications.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const int difference = patterns[a].prefix.compare(patterns[b].prefix);
        return difference != 0 ? difference < 0 : rank_of(a, patterns[a]) > rank_of(b, patterns[b]);
    });

    std::vector<std::string_view> keys;
    keys.reserve(order.size());
    candidates_.reserve(order.size());
    for (const auto index : order) {
        if (problems.size() >= most_problems)
            return;
        keys.push_back(patterns[index].prefix);
        candidates_.push_back(make(index, patterns[index], problems));
    }
    tree_ = PrefixTree(keys);
}

Index::Candidate Index::make(std::uint32_t index, const Pattern& pattern, Diagnostics& problems) {
    const auto& specification = specifications_[index];
    Candidate candidate{
        rank_of(index, pattern), specification.type, 0, pattern.tail, pattern.check_stem, Pairs()};
    if (pattern.tail != Pattern::Tail::regex)
        return candidate;
    candidate.regex = regexes_.add(specification.regex);
    const auto syntax = syntax_of(specification.regex);
    candidate.required = syntax.required;
    try {
        if (!syntax.plain)
            regexes_.compile(candidate.regex);
    } catch (const Error& error) {
        problems.add(specification.at, fmt::format("{} in \"{}\"", error.message(),
                                                   printable(specification.regex.substr(0, 200))));
    }
    return candidate;
}

const Specification& Index::specification_of(const Candidate& candidate) const {
    return specifications_[candidate.rank & ~literal_bit];
}

bool Index::matches(const Candidate& candidate, std::size_t prefix_length, Query& query) const {
    if (candidate.type != query.type && candidate.type != 0 && query.type != 0)
        return false;
    if (candidate.check_stem &&
        stem_of_text(specification_of(candidate).regex) != stem_of_path(query.path))
        return false;
    if (candidate.tail != Pattern::Tail::regex)
        return fits_tail(candidate.tail, query.path.substr(prefix_length));
    return matches_regex(candidate, query);
}

bool Index::matches_regex(const Candidate& candidate, Query& query) const {
    if (!query.pairs)
        query.pairs.emplace().add(query.path);
    if (!query.pairs->may_contain(candidate.required))
        return false;
    if (!query.memory)
        query.memory.emplace();
    const auto& specification = specification_of(candidate);
    try {
        const auto outcome = regexes_.match(candidate.regex, query.path, *query.memory);
        if (outcome != Regex::Outcome::limit)
            return outcome == Regex::Outcome::match;
    } catch (Error& error) {
        error.at(specification.at);
        throw;
    }
    throw Error(ErrorKind::invalid_input,
                fmt::format("the regular expression \"{}\" takes too long on the path \"{}\"",
                            printable(specification.regex), printable(query.path)))
        .at(specification.at)
        .hint("it backtracks without end: write it without nested repetition");
}

// Calls VISIT with the List of each prefix of PATH.
template <typename Visit>
void Index::visit_lists(std::string_view path, const Visit& visit) const {
    const auto* all = candidates_.data();
    tree_.walk(path, [&](std::size_t length, std::uint32_t first, std::uint32_t last) {
        visit(List{all + first, all + last, length});
    });
}

const Specification* Index::find(std::string_view path, std::uint32_t type) const {
    // A heap with the list of the best candidate on top; few paths have more lists than this.
    alignas(List) std::array<std::byte, 32 * sizeof(List)> buffer;
    std::pmr::monotonic_buffer_resource memory(buffer.data(), buffer.size());
    std::pmr::vector<List> lists(&memory);
    lists.reserve(32);
    visit_lists(path, [&](const List& list) { lists.push_back(list); });
    const auto worse = [](const List& a, const List& b) { return a.next->rank < b.next->rank; };
    std::make_heap(lists.begin(), lists.end(), worse);

    Query query{path, type, std::nullopt, std::nullopt};
    while (!lists.empty()) {
        std::pop_heap(lists.begin(), lists.end(), worse);
        auto& list = lists.back();
        const auto until = lists.size() > 1 ? lists.front().next->rank : 0;
        do {
            if (matches(*list.next, list.prefix_length, query))
                return &specification_of(*list.next);
        } while (++list.next != list.end && list.next->rank > until);
        if (list.next == list.end)
            lists.pop_back();
        else
            std::push_heap(lists.begin(), lists.end(), worse);
    }
    return nullptr;
}

std::vector<const Specification*> Index::find_all(std::string_view path, std::uint32_t type) const {
    Query query{path, type, std::nullopt, std::nullopt};
    std::vector<const Candidate*> found;
    visit_lists(path, [&](List list) {
        for (; list.next != list.end; ++list.next)
            if (matches(*list.next, list.prefix_length, query))
                found.push_back(list.next);
    });
    std::sort(found.begin(), found.end(),
              [](const Candidate* a, const Candidate* b) { return a->rank > b->rank; });
    std::vector<const Specification*> result;
    for (const auto* candidate : found)
        result.push_back(&specification_of(*candidate));
    return result;
}

} // namespace selns::label
