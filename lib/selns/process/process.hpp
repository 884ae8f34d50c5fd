#pragma once

#include "selns/base/interrupt.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::process {

struct Command {
    std::vector<std::string> argv; // argv[0] is looked up in PATH, /usr/sbin and /sbin included
    // Set over the caller's environment.
    std::map<std::string, std::string> environment = {};
    std::optional<std::filesystem::path> directory = {};
    // Called with each piece of standard output as it comes; without it, output is discarded.
    std::function<void(std::string_view)> on_output = {};
    // Called with each line of standard error, without its end.
    std::function<void(std::string_view)> on_error_line = {};
    // Called about twenty times a second while it runs; false ends it, like the time limit.
    std::function<bool()> on_tick = {};
    std::chrono::seconds timeout{0}; // 0: none
    // Between SIGTERM and SIGKILL when it must end: an interrupt is to take less than two seconds.
    std::chrono::milliseconds grace{500};
    // It has this process's terminal: its standard streams, and its process group. The callbacks
    // for output are not used.
    bool interactive = false;
    std::string package; // Debian's package that has the program, for the error
};

struct Result {
    int exit_code = 0;      // 128 + the signal's number when a signal ended it
    bool timed_out = false; // or ended by on_tick
    std::string error_tail; // the last lines of standard error, at most 16 KiB
    bool ok() const { return exit_code == 0 && !timed_out; }
};

// Runs programs. Tests hand in one of their own.
class Runner {
  public:
    virtual ~Runner() = default;
    // Waits for the end. Standard input is empty, unless it is interactive; no signal is ignored,
    // and the umask is 022, whatever the caller's. The program gets a process group of its own,
    // which is ended with it and with its descendants: on a time limit, on an interrupt (an Error
    // of that kind is thrown when it is gone), on an exception of a callback, and when this process
    // dies. A program that cannot be found is a tool_failed Error that names its package.
    virtual Result run(const Command& command) = 0;
    // The absolute path of PROGRAM, or nothing.
    virtual std::optional<std::filesystem::path> find(const std::string& program) const = 0;
};

class SystemRunner final : public Runner {
  public:
    explicit SystemRunner(const Interrupt& interrupt) : interrupt_(interrupt) {}
    Result run(const Command& command) override;
    std::optional<std::filesystem::path> find(const std::string& program) const override;

  private:
    const Interrupt& interrupt_;
};

// The command's standard output as a whole; a failure is a tool_failed Error with its last words.
std::string output_of(Runner& runner, Command command);

// How COMMAND would be typed, for messages: quoted for a shell, never given to one.
std::string display(const std::vector<std::string>& argv);

} // namespace selns::process
