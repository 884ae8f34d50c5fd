#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace selns::log {

// A record that a terminal, mail or an interleaved console has spread over several lines.
//
// A terminal cuts a line wherever it is full, mail at a blank, before a field as a rule. Whichever
// way gives a whole record is right: a name that is cut in two, or two that are one, spoil it.
class WrappedRecord {
  public:
    // The line NUMBER, which has the record's beginning.
    WrappedRecord(std::string_view line, std::uint64_t number)
        : readings_{std::string(line)}, last_(number) {}

    // Adds the line NUMBER. False when it is not the next one, or there were too many already.
    bool take(std::string_view line, std::uint64_t number);
    // The record, once there is one; else empty.
    const std::string& whole() const { return whole_; }

  private:
    static constexpr std::size_t most_lines = 8;
    static constexpr std::size_t most_readings = 16;

    std::vector<std::string> readings_;
    std::string whole_;
    std::uint64_t last_;
    std::size_t lines_ = 1;
};

} // namespace selns::log
