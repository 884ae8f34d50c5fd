#pragma once

#include "selns/log/moment.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace selns::log {

// Which denial was seen in which event: a set, in 16 bytes for each.
//
// An event is (node, time, serial). Most logs do not tell the node, and then it is the event of
// any node with that time, that serial and that denial: the copies in the ring buffer and in the
// log of auditd are one.
class EventSet {
  public:
    using Denial = std::uint32_t; // below most_denials

    static constexpr std::size_t most_denials = std::size_t{1} << 28U;
    static constexpr std::size_t most_nodes = 1024; // any more are taken for one
    static constexpr std::size_t longest_node = 255;

    void add(std::string_view node, const Event& event, Denial denial);
    std::size_t size() const { return sightings_.size(); }

    // How many events each of COUNT denials has. The set is empty after it.
    std::vector<std::uint64_t> take_counts(std::size_t count);

  private:
    // In order: 42 bits of time, 32 of the serial, 28 of the denial, 26 of the node (0: none).
    struct Sighting {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        auto operator<=>(const Sighting&) const = default;

        static Sighting make(const Event& event, Denial denial, std::uint32_t node);
        Denial denial() const;
        bool of_node() const;
        bool same_but_node(const Sighting& other) const;
    };

    std::uint32_t number_of(std::string_view node);
    void sort();

    // Sorted from run_ on. What comes a little out of order is moved to its place at once; at
    // what comes from far back, as when another log begins, a new run does.
    std::vector<Sighting> sightings_;
    std::size_t run_ = 0;
    std::size_t sorted_ = 0; // how many were left by the last sort()
    std::map<std::string, std::uint32_t, std::less<>> nodes_;
};

} // namespace selns::log
