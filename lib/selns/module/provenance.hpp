#pragma once

#include "selns/log/seen.hpp"
#include "selns/module/format.hpp"
#include "selns/module/rules.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace selns::module {

// Where a rule comes from, as one comment line, without a line feed; empty when nothing is known:
//     ; first seen 2026-11-21T12:33:01Z; by "systemd-udevd"; on "/proc/sys/kernel/x", "hostname"
// Names are any bytes: those that could end the line, or mislead who reads it, are \xHH.
std::string provenance_line(const log::Seen& seen, Format format);

// The same, read back; nothing for any line that provenance_line() would not have written.
std::optional<log::Seen> parse_provenance(std::string_view line, Format format);

// Which permissions of a rule no log has shown, as one comment line; empty when there are none:
//     ; not seen: getattr open
std::string unseen_line(const Permissions& permissions, Format format);

// The same, read back; nothing for any other line.
std::optional<Permissions> parse_unseen(std::string_view line, Format format);

} // namespace selns::module
