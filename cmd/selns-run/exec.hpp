#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// PROGRAM of the container, looked for in PATH if it has no slash: a regular file that may be
// executed, found without leaving ROOT and without links of /proc. Throws when there is none.
std::string find_program(Kernel& kernel, int root, const std::string& program);
// Executes COMMAND, whose program find_program() finds; returns only by an exception.
void execute(Kernel& kernel, int root, const std::vector<std::string>& command,
             const std::vector<std::string>& environment);
// CONTEXT is what this process, seen through PROCFS, executes next; empty: as the policy says.
void set_exec_context(Kernel& kernel, int procfs, const std::string& context);
// As a shell has it: 128 + N for signal N.
int status_of(int wait_status);

// What the worker has for commands in a running container.
struct ExecService {
    int procfs;
    int pid_namespace;
    int devpts;
    int root;
    int listener;
    bool private_network;
    bool selinux;
    std::string context; // when a request names none
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
