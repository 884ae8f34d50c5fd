#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/boot/gap.hpp"
#include "selns/tree/tree.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::boot {

// What an audit daemon left on a disk: its log and those that it rotated away, oldest first.
struct AuditLog {
    // Of the logs together; more is not read. auditd's own default keeps 40 MiB.
    static constexpr std::uint64_t most_bytes = 256U << 20U;
    static constexpr unsigned most_files = 1000; // auditd keeps 999

    std::string path; // of the current one, any bytes
    std::vector<tree::Content> parts;
    std::vector<Gap> gaps; // why not all of it is there
};

// Nothing when there is no log. Where it is is told by TREE's auditd.conf. The contents refer to
// TREE's image.
std::optional<AuditLog> find_audit_log(const tree::Tree& tree);

// Whether TREE has the program: an init that does not tell may have started it.
bool has_audit_daemon(const tree::Tree& tree);

// Hands LOG to PUT in pieces, and the numbers of its events to EVENTS. What tells that the daemon
// did not write all that it was given goes to LOG.gaps: a log that is whole begins with the
// daemon's start, and ends with its end.
void read_audit_log(AuditLog& log, const std::function<void(std::string_view)>& put,
                    EventNumbers& events, const Interrupt& interrupt);

} // namespace selns::boot
