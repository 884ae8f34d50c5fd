#pragma once

#include "selns/boot/run.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace selns::boot {

// Why it is not known whether all denials of a boot were seen. Both in one line, printable.
struct Gap {
    std::string reason;
    std::string advice; // what to do
    bool operator==(const Gap&) const = default;
};

// Of RUN, which had LIMIT: the machine was not seen to its end, or its kernel lost messages.
std::vector<Gap> gaps_of(const Run& run, std::chrono::seconds limit);

// Of the numbers of all audit events that are in a log.
std::optional<Gap> gap_of(const EventNumbers& events);

} // namespace selns::boot
