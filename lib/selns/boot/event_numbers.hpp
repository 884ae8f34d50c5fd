#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace selns::boot {

// The number of LINE, a message of the kernel or a line of an audit daemon's log; nothing when it
// is no event of the kernel's.
std::optional<std::uint32_t> event_number(std::string_view line);

// The numbers that the kernel gives audit events: one after the other, so that one that was never
// seen belongs to an event that is in no log. They may come in any order, and more than once.
class EventNumbers {
  public:
    void add(std::uint32_t number);

    // How many are missing between the first and the last.
    std::uint64_t missing() const;
    // Too many gaps to keep: these are not a kernel's numbers.
    bool senseless() const { return senseless_; }

  private:
    std::map<std::uint32_t, std::uint32_t> ranges_; // first to last, with a gap between them
    bool senseless_ = false;
};

} // namespace selns::boot
