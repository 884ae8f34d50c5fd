#pragma once

#include "selns/log/carrier.hpp"
#include "selns/log/log.hpp"
#include "selns/process/process.hpp"

#include <string>
#include <string_view>

namespace selns::log {

// Reads the head of a line of `journalctl --output=json`. The result's views are into MESSAGE,
// which becomes the entry's message.
Head read_journal_entry(std::string_view line, std::string& message);

// The same of an entry in another form: fields NAME=VALUE, each with a zero behind it.
Head read_journal_fields(std::string_view fields, std::string& message);

// Hands what the kernel and the audit system wrote into this host's journal to READER, by way of
// journalctl.
void read_journal(LogReader& reader, process::Runner& runner);

} // namespace selns::log
