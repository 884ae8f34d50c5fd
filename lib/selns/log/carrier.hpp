#pragma once

#include "selns/log/moment.hpp"
#include "selns/log/unwrap.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace selns::log {

// What stands before a record, whatever carries it: the kernel's ring buffer as dmesg, syslog,
// journalctl or logcat show it, or auditd's log, raw, enriched or as ausearch -i shows it.
//
// Any program can write lines that look like denials into most logs. So a record counts only as
// the whole of a message, never in the midst of one, and only when the carrier does not tell that
// somebody else than the kernel and the audit system wrote it.
struct Head {
    enum class Kind {
        other,
        access,        // body begins with "avc:"
        selinux_error, // body begins with "op="
        not_believed,  // looks like a denial, but written by a program, or amid a message
        malformed,     // looks like a denial, but the carrier itself cannot be read
        lost,          // records before this line were lost
        notice,        // what the kernel says of its policy: see notice_in()
        boot,          // the system started here
        daemon_start,  // the audit daemon did: at a boot, as a rule
        policy_load    // a policy was loaded
    } kind = Kind::other;
    std::string_view reason; // of not_believed, malformed, lost and notice; lives forever
    std::string_view node;   // of node=
    std::optional<Event> event;
    Milliseconds time = 0;    // the event's, else the carrier's where it has one; 0: not known
    bool interpreted = false; // by ausearch -i
    bool by_program = false;  // an object manager in user space put the body together
    bool framed = false;      // the carrier puts something before each message
    std::string_view body;
};

// HEAD is as made before.
void read_head(std::string_view line, Head& head);
inline Head read_head(std::string_view line) {
    Head head;
    read_head(line, head);
    return head;
}

// The same of a line that read_usual_head() did not read.
void read_unusual_head(const Unwrapped& line, Head& head);

// What LINE says when it is believed that the kernel or the audit system wrote it, wherever in it
// the record begins. Only for who has the user's word for that.
Head read_trusted(std::string_view line);

// A message that the carrier says the kernel or the audit system wrote, without what the carrier
// put before it: "audit: type=1400 audit(...): avc: ...", "AVC avc: ..." (journald's copies).
Head read_message(std::string_view message);

// An event's place among those whose time the log does not tell (Android's audit(0.0:45)): what the
// carrier put before it, as a number; 0 when there is nothing. Two boots have the same serials.
std::uint32_t moment_in_frame(std::string_view line);

// Whether "avc: denied" stands in TEXT, wherever.
bool looks_like_denial(std::string_view text);

} // namespace selns::log
