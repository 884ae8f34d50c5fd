#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace selns::log {

// A point in time in milliseconds since 1970, UTC.
using Milliseconds = std::int64_t;

// What the audit system calls an event: audit(TIME:SERIAL). It can hold several records.
struct Event {
    Milliseconds time = 0; // 0: not known (Android, or a date in words that cannot be read)
    std::uint32_t serial = 0;
    bool operator==(const Event&) const = default;
};

// What stands in the parentheses: "1700000000.123:45", or with a date that ausearch -i wrote, in
// this machine's time zone: "11/21/2026 10:00:00.123:45", "21.11.2026 10:00:00.123:45".
std::optional<Event> parse_event(std::string_view text);

// "2026-11-21T10:00:00.123456+01:00" and its variants, as logs and people write it: with a blank
// for the "T", a comma for the point, without fraction, seconds, or time of day, with "Z",
// "+0100" or without a zone, which is this machine's then.
std::optional<Milliseconds> parse_iso_time(std::string_view text);

// The above, and what else stands before the lines of logs: "Tue 2023-11-14 22:13:20 UTC" of
// journalctl (other zones' names are known where they are this machine's), "Tue Nov 14 22:13:20
// 2023" in this machine's zone, "1700000000.123456".
std::optional<Milliseconds> parse_stamp(std::string_view text);

// What a user writes for --since and --until: the above, "@SECONDS", "now", "today", "yesterday",
// "2 hours ago", "-2h" (s, min, h, d, w). NOW is the clock's time.
std::optional<Milliseconds> parse_moment(std::string_view text, Milliseconds now);
// These forms, to be shown with an error.
std::string_view moment_forms();

} // namespace selns::log
