#include "selns/log/events.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

using namespace selns::log;

namespace {

struct Sighting {
    std::string node;
    Event event;
    std::uint32_t denial = 0;
};

std::vector<std::uint64_t> counts_of(const std::vector<Sighting>& all, std::size_t denials) {
    EventSet set;
    for (const Sighting& seen : all)
        set.add(seen.node, seen.event, seen.denial);
    return set.take_counts(denials);
}

using Counts = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("an event is a node, a time and a serial") {
    CHECK(counts_of({{"", {5, 1}, 0}, {"", {5, 1}, 0}, {"", {5, 1}, 1}}, 2) == Counts{1, 1});
    CHECK(counts_of({{"", {5, 1}, 0}, {"", {6, 1}, 0}, {"", {6, 2}, 0}}, 1) == Counts{3});
    CHECK(counts_of({{"a", {5, 1}, 0}, {"b", {5, 1}, 0}, {"a", {5, 1}, 0}}, 1) == Counts{2});
}

TEST_CASE("an event without a node is that of any node") {
    CHECK(counts_of({{"", {5, 1}, 0}, {"a", {5, 1}, 0}}, 1) == Counts{1});
    CHECK(counts_of({{"b", {5, 1}, 0}, {"", {5, 1}, 0}, {"a", {5, 1}, 0}}, 1) == Counts{2});
    CHECK(counts_of({{"a", {5, 1}, 0}, {"", {5, 1}, 1}}, 2) == Counts{1, 1});
}

TEST_CASE("the bounds of what an event holds") {
    const Event last{4294967295999, UINT32_MAX};
    const Event before{4294967295999, UINT32_MAX - 1};
    const auto denial = static_cast<std::uint32_t>(EventSet::most_denials - 1);
    EventSet set;
    for (const Event& event : {last, before, Event{0, 0}, last})
        set.add(std::string(1000, 'n'), event, denial - (event == before ? denial : 0));
    CHECK(set.size() == 3);
    CHECK(set.take_counts(EventSet::most_denials)[denial] == 2);
}

TEST_CASE("more nodes than are told apart") {
    EventSet set;
    for (std::size_t i = 0; i < 3 * EventSet::most_nodes; ++i)
        set.add("node" + std::to_string(i), {5, 1}, 0);
    CHECK(set.take_counts(1) == Counts{EventSet::most_nodes + 1});
}

TEST_CASE("a set of events is the same in any order") {
    std::mt19937 random(11);
    std::vector<Sighting> all;
    std::set<std::tuple<std::int64_t, std::uint32_t, std::uint32_t>> expected;
    for (int i = 0; i < 70'000; ++i) {
        all.push_back({"",
                       {i / 3, static_cast<std::uint32_t>(i / 2)},
                       static_cast<std::uint32_t>(random() % 5)});
        expected.emplace(all.back().event.time, all.back().event.serial, all.back().denial);
    }
    const auto check = [&] {
        const Counts counts = counts_of(all, 5);
        std::uint64_t sum = 0;
        for (const std::uint64_t count : counts)
            sum += count;
        CHECK(sum == expected.size());
    };
    check();
    for (std::size_t i = 0; i + 4 < all.size(); i += 2) // as processors write them
        std::swap(all[i], all[i + random() % 4]);
    check();
    std::ranges::reverse(all);
    check();
    std::ranges::shuffle(all, random);
    check();
    const std::vector<Sighting> copy = all;
    all.insert(all.end(), copy.begin(), copy.end());
    check();
}
