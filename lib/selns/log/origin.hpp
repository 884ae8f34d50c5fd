#pragma once

#include <string_view>

namespace selns::log {

// What a line is without what its carrier (dmesg, syslog, journalctl, logcat) put before the
// message, and who that says wrote it.
struct Origin {
    std::string_view text;  // the message
    std::string_view named; // the same with the name of who wrote it
    bool believed = true;   // nothing says that somebody else than kernel or audit wrote it
    bool framed = false;    // the line has the head of a log: it is no console's
    bool injected = false;  // a program wrote it, into the kernel's log
    bool repeated = false;  // each line of a message has that head
};

Origin find_origin(std::string_view line);

// The time stamp that LINE begins with, where that says all of a date: "2023-11-14T22:13:20+00:00",
// "Tue 2023-11-14 22:13:20 UTC", "Tue Nov 14 22:13:20 2023", also in brackets,
// "1700000000.123456"; else empty.
std::string_view stamp_of(std::string_view line);
// Whether TEXT begins with one of these, or with one without a year.
bool begins_with_date(std::string_view text);

// Whether TEXT can be a message about a denial. Cheap: asked about every line.
bool begins_message(std::string_view text);

// Takes "[    4.217354] " or "[Tue Nov 14 22:13:20 2023] " off the front of TEXT; "[  OK  ] " is
// none.
bool take_bracket(std::string_view& text);

// The kernel's message behind what stood on the console already, a prompt or a half line:
// "web login: [   28.353170] audit: type=1400 ...". Empty when there is none.
std::string_view behind_console_text(std::string_view line);

} // namespace selns::log
