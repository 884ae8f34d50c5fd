#pragma once

#include "selns-run/kernel.hpp"

#include <optional>

namespace selns::run {

inline constexpr std::uint64_t selinux_id = 101; // among the kernel's security modules

// Linux 6.8's lsm_get_self_attr and lsm_set_self_attr carry the one attribute that unshares. The
// patches may come to the kernel with another call; that is then another branch of
// unshare_selinux(), found by asking for it in look_at_selinux(), and not in system_calls.cpp.
inline constexpr unsigned attribute_unshare = 106;

inline constexpr long selinuxfs_magic = 0xf97cff8c;

struct LsmAttribute { // struct lsm_ctx of <linux/lsm.h>, with room for a context
    static constexpr std::uint32_t header_size = 32;
    std::uint64_t id = 0;
    std::uint64_t flags = 0;
    std::uint64_t length = 0;
    std::uint64_t context_length = 0;
    std::array<char, 4096> context{};
};

// Where a container's policy goes.
enum class SelinuxUse {
    required,  // into a namespace of its own, or nothing is started
    automatic, // into one if the kernel has them, else as `initial`
    initial,   // into the machine's own namespace, which has no policy yet
    off,       // nowhere: SELinux is not made use of
};

// Whose namespace that is, of what decide() says: container, machine or none.
const char* owner_of(SelinuxUse use);

// What this process can have, found out without changing anything.
struct SelinuxState {
    bool present = false;    // the kernel has SELinux, switched on
    bool namespaces = false; // it can have more than one
    bool fresh = false;      // this process is in a namespace of its own without a policy
    bool policy = false;     // a policy is loaded where this process is
    bool enforcing = false;
    bool refused = false;        // a sandbox does not let it ask
    bool old_kernel = false;     // before Linux 6.8, without the system call
    std::string context;         // of this process
    std::string policy_versions; // the highest that the kernel takes
    std::string most_namespaces; // limits, empty where there are none
    std::string most_nested;
};
SelinuxState look_at_selinux(Kernel& kernel);

// Which of `required` and `initial` (or `off`) STATE allows WANTED to be; throws the reason when
// none, and what would help.
SelinuxUse decide(SelinuxUse wanted, const SelinuxState& state);

// Where the host has this project's policy module (NAME.host.cil), it knows a container by another
// domain than its launcher: leaves the launcher's OWN context for that one. Returns the context
// that this process has then. PROCFS is a descriptor of one that shows this process.
std::string enter_container_domain(Kernel& kernel, int procfs, const std::string& own);

// Enters the container's domain, and leaves the SELinux namespace for a new one, which is
// permissive and without a policy. STATE is from before.
void unshare_selinux(Kernel& kernel, int procfs, const SelinuxState& state);

} // namespace selns::run
