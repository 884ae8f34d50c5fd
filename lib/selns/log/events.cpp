#include "selns/log/events.hpp"

#include <algorithm>

namespace selns::log {

namespace {

constexpr unsigned node_bits = 26;
constexpr unsigned denial_bits = 28;
constexpr unsigned low_serial_bits = 64 - node_bits - denial_bits;
constexpr unsigned high_serial_bits = 32 - low_serial_bits;

constexpr std::uint64_t mask(unsigned bits) {
    return (std::uint64_t{1} << bits) - 1;
}

} // namespace

EventSet::Sighting EventSet::Sighting::make(const Event& event, Denial denial, std::uint32_t node) {
    const std::uint64_t serial = event.serial;
    return {static_cast<std::uint64_t>(event.time) << high_serial_bits | serial >> low_serial_bits,
            (serial & mask(low_serial_bits)) << (denial_bits + node_bits) |
                std::uint64_t{denial} << node_bits | node};
}

EventSet::Denial EventSet::Sighting::denial() const {
    return static_cast<Denial>(low >> node_bits & mask(denial_bits));
}

bool EventSet::Sighting::of_node() const {
    return (low & mask(node_bits)) != 0;
}

bool EventSet::Sighting::same_but_node(const Sighting& other) const {
    return high == other.high && low >> node_bits == other.low >> node_bits;
}

void EventSet::add(std::string_view node, const Event& event, Denial denial) {
    constexpr std::size_t farthest = 64;
    constexpr std::size_t least = 65536;
    const Sighting sighting = Sighting::make(event, denial, node.empty() ? 0 : number_of(node));
    std::size_t at = sightings_.size();
    const std::size_t limit = at - std::min(farthest, at - run_);
    while (at > limit && sighting < sightings_[at - 1])
        --at;
    if (at > run_ && sightings_[at - 1] == sighting)
        return;
    if (at == limit && limit > run_) {
        at = run_ = sightings_.size();
        // Sorting again at each doubling keeps repeated events from taking up memory.
        if (at >= std::max(2 * sorted_, least)) {
            sort();
            at = run_ = sightings_.size();
        }
    }
    sightings_.insert(sightings_.begin() + static_cast<std::ptrdiff_t>(at), sighting);
}

void EventSet::sort() {
    if (run_ == 0) // one run: sorted, and nothing in it twice
        return;
    std::ranges::sort(sightings_);
    sightings_.erase(std::unique(sightings_.begin(), sightings_.end()), sightings_.end());
    sorted_ = sightings_.size();
    run_ = 0;
}

std::uint32_t EventSet::number_of(std::string_view node) {
    node = node.substr(0, longest_node);
    const auto known = nodes_.find(node);
    if (known != nodes_.end())
        return known->second;
    const auto number = static_cast<std::uint32_t>(nodes_.size() + 1);
    if (nodes_.size() < most_nodes)
        nodes_.emplace(node, number);
    return number;
}

std::vector<std::uint64_t> EventSet::take_counts(std::size_t count) {
    sort();
    std::vector<std::uint64_t> counts(count);
    for (std::size_t i = 0; i < sightings_.size(); ++i) {
        const Sighting& sighting = sightings_[i];
        const bool named_as_well = !sighting.of_node() && i + 1 < sightings_.size() &&
                                   sighting.same_but_node(sightings_[i + 1]);
        if (!named_as_well)
            ++counts[sighting.denial()];
    }
    *this = {};
    return counts;
}

} // namespace selns::log
