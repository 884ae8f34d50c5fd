#include "selns-run/confine.hpp"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>

namespace selns::run {

namespace {

template <typename... Capability>
constexpr std::uint64_t set_of(Capability... capabilities) {
    return ((std::uint64_t{1} << static_cast<unsigned>(capabilities)) | ...);
}

// systemd-nspawn's default. Not among them: loading modules, raw I/O, setting clocks, reading the
// kernel's log, changing what mandatory access control says.
constexpr std::uint64_t kept =
    set_of(CAP_AUDIT_CONTROL, CAP_AUDIT_WRITE, CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
           CAP_FOWNER, CAP_FSETID, CAP_IPC_OWNER, CAP_KILL, CAP_LEASE, CAP_LINUX_IMMUTABLE,
           CAP_MKNOD, CAP_NET_BIND_SERVICE, CAP_NET_BROADCAST, CAP_NET_RAW, CAP_SETFCAP, CAP_SETGID,
           CAP_SETPCAP, CAP_SETUID, CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_CHROOT, CAP_SYS_NICE,
           CAP_SYS_PTRACE, CAP_SYS_RESOURCE, CAP_SYS_TTY_CONFIG);

constexpr int refused_calls[] = {
    SYS_kexec_load,    SYS_kexec_file_load,
    SYS_init_module,   SYS_finit_module,
    SYS_delete_module, SYS_open_by_handle_at,
    SYS_clock_settime, SYS_settimeofday,
    SYS_swapon,        SYS_swapoff,
    SYS_bpf,           SYS_perf_event_open,
    SYS_userfaultfd,   SYS_acct,
    SYS_quotactl,      SYS_add_key,
    SYS_keyctl,        SYS_request_key,
    SYS_syslog,        SYS_nfsservctl,
    SYS_fanotify_init, // a mark on a file system gives away what the host opens there
#ifdef __x86_64__
    SYS_iopl,          SYS_ioperm,
    SYS_uselib,        SYS_ustat,
#endif
};

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "no filter of system calls for this architecture"
#endif

constexpr std::uint16_t load_word = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t if_equal = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t give = BPF_RET | BPF_K;

constexpr std::uint32_t offset_of_argument(unsigned index) { // its lower half
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + index * 8;
}

std::uint32_t error(int number) {
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number);
}

std::vector<sock_filter> make_filter() {
    std::vector<sock_filter> filter = {
        {load_word, 0, 0, offsetof(seccomp_data, arch)},
        // Another architecture's numbers mean other calls.
        {if_equal, 1, 0, architecture},
        {give, 0, 0, error(ENOSYS)},
        {load_word, 0, 0, offsetof(seccomp_data, nr)},
        // x32, by a bit in the number
        {BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0x40000000},
        {give, 0, 0, error(ENOSYS)},
    };
    for (const int call : refused_calls) {
        filter.push_back({if_equal, 0, 1, static_cast<std::uint32_t>(call)});
        filter.push_back({give, 0, 0, error(EPERM)});
    }
    // The kernel has one audit log, which a container with the host's network could turn on and
    // write to. Programs take this errno for a kernel without it.
    const sock_filter audit[] = {
        {if_equal, 0, 5, SYS_socket},    {load_word, 0, 0, offset_of_argument(0)},
        {if_equal, 0, 3, AF_NETLINK},    {load_word, 0, 0, offset_of_argument(2)},
        {if_equal, 0, 1, NETLINK_AUDIT}, {give, 0, 0, error(EAFNOSUPPORT)},
        {give, 0, 0, SECCOMP_RET_ALLOW}};
    filter.insert(filter.end(), std::begin(audit), std::end(audit));
    return filter;
}

} // namespace

void drop_capabilities(Kernel& kernel, bool private_network) {
    const std::uint64_t keep = kept | (private_network ? set_of(CAP_NET_ADMIN) : 0);
    for (int capability = 0; capability < 64; ++capability) {
        if ((keep >> static_cast<unsigned>(capability) & 1U) != 0)
            continue;
        const long dropped = kernel.drop_bounding(capability);
        if (dropped == -EINVAL) // beyond the last one
            break;
        must(dropped, "drop a capability");
    }
    must(kernel.set_capabilities(keep), "drop capabilities");
}

void filter_system_calls(Kernel& kernel) {
    std::vector<sock_filter> filter = make_filter();
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    must(kernel.set_filter(program), "filter system calls",
         "the kernel needs CONFIG_SECCOMP_FILTER");
}

std::vector<std::string> container_environment(const std::string& terminal) {
    return {"container=selns", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "TERM=" + (terminal.empty() ? std::string("dumb") : terminal)};
}

} // namespace selns::run
