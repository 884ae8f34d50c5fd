#pragma once

#include "selns/base/file.hpp"
#include "selns/sandbox/worker.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace selns::sandbox {

// A forked child in namespaces of its own, as process 1 of them. For a process of one thread that
// was executed to be a sandbox; what fails is an Error.
class Namespaces {
  public:
    // Forks. An ordinary user who may not make a user namespace, and root where none of the
    // namespaces can be had, get an Error.
    Namespaces();
    pid_t pid() const { return pid_; } // 0 in the child

    // In the parent: gives the child its ids on the host, and lets it go on. Root gives nobody's;
    // an ordinary user has only its own to give.
    void let_go();
    // In the child: waits for that, takes the ids, and makes WORKER's empty tmpfs all that is
    // mounted. What it starts as Rights::programs is in a pid namespace where it is not.
    void enter(const Worker& worker);

    // Protections that this machine's kernel refused, in words: "a user namespace (Operation not
    // permitted)".
    const std::vector<std::string>& missing() const { return missing_; }

  private:
    void die_with_parent() const;

    Pipe go_;
    pid_t pid_ = -1;
    std::vector<std::string> missing_;
};

// In the child, the last of its rights: limits, capabilities, system calls.
void give_up_rights(const Worker& worker);

} // namespace selns::sandbox
