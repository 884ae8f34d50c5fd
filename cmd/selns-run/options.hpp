#pragma once

#include "selns-run/selinux_namespace.hpp"
#include "selns-run/system_calls.hpp"

#include <string>
#include <vector>

namespace selns::run {

struct Options {
    enum class Action { run, enter, exec, list, stop, status, unshare, help } action = Action::run;

    std::vector<std::string> words; // all that was given
    std::string what; // run: the image; exec and stop: the name; status: that, a PID or nothing
    std::vector<std::string> command;
    std::string name;
    std::string launch_file;
    SelinuxUse selinux = SelinuxUse::required;
    std::optional<bool> enforcing;
    std::string context;
    std::string denials;
    bool host_network = false;
    MoreCalls more_calls;
    bool read_only = false;
    bool json = false;
    bool kernel_log = false;
    std::string units; // a directory
    std::vector<std::string> init_arguments;
    unsigned limit = 90; // seconds that a container has to end
};

// ARGUMENTS without the program's name. Throws a usage Error.
Options parse_options(const std::vector<std::string>& arguments);
const char* help_text();

} // namespace selns::run
