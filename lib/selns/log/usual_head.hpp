#pragma once

#include "selns/log/carrier.hpp"

namespace selns::log {

// Reads the two heads that fill logs, the ring buffer's and auditd's, in one go. False when LINE
// begins in another way: then read_head() looks closer.
bool read_usual_head(std::string_view line, Head& head);

} // namespace selns::log
