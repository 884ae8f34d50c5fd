#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// PROGRAM of the container, looked for in PATH if it has no slash: a regular file that may be
// executed, found without leaving ROOT and without links of /proc. Throws when there is none.
std::string find_program(Kernel& kernel, int root, const std::string& program);
// Executes COMMAND, whose program find_program() finds; returns only by an exception.
void execute(Kernel& kernel, int root, const std::vector<std::string>& command,
             const std::vector<std::string>& environment);
// Goes from the launcher's domain to that of the container's init, and says in which one the next
// program runs; empty: as if the init executed it.
void choose_context(Kernel& kernel, const std::string& init, const std::string& next);
// A command in the container below ROOT.
struct Command {
    std::vector<std::string> words;
    std::string context;      // for choose_context()
    std::string terminal;     // TERM
    int terminal_stream = -1; // a standard stream that is its terminal
};
// Executes it in a session of its own; returns only by an exception.
void execute_command(Kernel& kernel, int root, const Command& command, bool selinux,
                     const std::string& init_context);
// Every signal as a new program expects it.
void reset_signals();
// As a shell has it: 128 + N for signal N.
int status_of(int wait_status);

// What the worker, which is confined as they are to be, has for commands in a running container.
struct ExecService {
    int pid_namespace;
    int devpts;
    int root;
    int procfs; // shows the worker's pid namespace
    int listener;
    int selinuxfs;                      // -1: SELinux is not made use of
    std::string init_context;           // empty: the image has no init
    std::vector<std::string> terminals; // contexts for a command's terminal
};
// Serves until FIRST ends; returns its status. Each request has a process of its own.
int serve_exec(Kernel& kernel, const ExecService& service, const Kernel::Process& first);

// `selns-run exec`: the command's status.
struct ExecRequest {
    std::string name;
    std::string context;
    std::vector<std::string> command;
};
int request_exec(Kernel& kernel, const ExecRequest& request);

} // namespace selns::run
