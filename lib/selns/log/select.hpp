#pragma once

#include "selns/log/moment.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace selns::log {

// A point in time that logs tell of.
enum class Mark { boot, policy_load };

// "boot", "policyload"
std::optional<Mark> parse_mark(std::string_view text);

// Which of a log's denials are wanted. By default all of them.
struct Selection {
    using Names = std::set<std::string, std::less<>>;

    std::optional<Milliseconds> since; // inclusive
    // In place of SINCE, until somebody has looked for it in the logs (LogReader does not).
    std::optional<Mark> since_last;
    std::optional<Milliseconds> until; // exclusive
    Names exclude_source;              // types
    Names exclude_target;              // types
    Names exclude_device;              // as in dev=
    Names exclude_program;             // comm, exe, or the last component of exe

    bool bounds_time() const { return since || until; }
    bool bounds_types() const { return !exclude_source.empty() || !exclude_target.empty(); }
    bool wants_time(Milliseconds time) const;
    bool wants_types(std::string_view source, std::string_view target) const;
    // DEVICE, COMM and EXE are decoded; empty where the record has none.
    bool wants_origin(std::string_view device, std::string_view comm, std::string_view exe) const;
};

} // namespace selns::log
