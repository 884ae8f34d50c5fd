#pragma once

#include "selns-run/kernel.hpp"

namespace selns::run {

// What the image's /etc/selinux/config says.
struct PolicyChoice {
    std::string type;
    bool enforcing = false;
};
// The image below ROOT; an image whose SELinux is disabled is refused.
PolicyChoice read_config(Kernel& kernel, int root);

// The kernel policy of TYPE below ROOT: the newest version that is at most NEWEST.
std::string read_policy(Kernel& kernel, int root, const std::string& type, unsigned newest);

// Its SHA-256, in 64 lower-case hexadecimal digits.
std::string digest_of(const std::string& policy);

// A new selinuxfs at /sys/fs/selinux of ROOT, which shows the namespace of this process.
Handle mount_selinuxfs(Kernel& kernel, int root);

// Loads POLICY through SELINUXFS, in one write.
void load_policy(Kernel& kernel, int selinuxfs, const std::string& policy);
void set_enforcing(Kernel& kernel, int selinuxfs, bool enforcing);

// The context that the image's init gets when a process with context OWN executes it, as the policy
// behind SELINUXFS says; empty when the image below ROOT has no init.
std::string init_context(Kernel& kernel, int root, int selinuxfs, const std::string& own);

// For the terminal TERMINAL of PROGRAM, which runs in the context GIVEN or, when that is empty, as
// the init in INIT executes it: what its domain makes of its own terminals, else the first of KNOWN
// that the domain may use. Empty when there is none, or the policy does not answer.
std::string terminal_context(Kernel& kernel, int selinuxfs, int terminal, int program,
                             const std::string& init, const std::string& given,
                             const std::vector<std::string>& known);

// Contexts of the calling process.
enum class ContextOf { current, next_program };
// Kernels before 6.8 want a file of /proc: PROCFS shows the process, or else its /proc does.
long set_context(Kernel& kernel, ContextOf what, const std::string& context, int procfs = -1);

// Goes from the launcher's domain to that of the container's init.
void go_to_domain(Kernel& kernel, const std::string& init, int procfs = -1);

} // namespace selns::run
