#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace selns::log {

// The plain lines that OBJECT, a line of a log in JSON, stands for: those of auditd for an event as
// laurel writes it, the container's for one of docker's. Empty when it is neither. What a process
// sends to journald cannot have either form.
std::vector<std::string> lines_of_json(std::string_view object);

// The first text in OBJECT, however deep, that looks like a denial; else OBJECT itself.
std::string denial_in_json(std::string_view object);

} // namespace selns::log
