#include "selns-run/confine.hpp"

#include "selns-run/system_calls.hpp"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>

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

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "no filter of system calls for this architecture"
#endif

constexpr std::uint16_t load_word = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t mask_by = BPF_ALU | BPF_AND | BPF_K;
constexpr std::uint16_t if_equal = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t if_at_least = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint16_t if_above = BPF_JMP | BPF_JGT | BPF_K;
constexpr std::uint16_t give = BPF_RET | BPF_K;

constexpr std::uint32_t offset_of_argument(unsigned index) { // its lower half
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + index * 8;
}

std::uint32_t error(int number) {
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number);
}

// RESULT for CALLS, whose numbers are mostly next to each other.
void append_calls(std::vector<sock_filter>& filter, std::span<const int> calls,
                  std::uint32_t result) {
    std::vector<int> numbers(calls.begin(), calls.end());
    std::ranges::sort(numbers);
    for (std::size_t at = 0; at < numbers.size();) {
        const int first = numbers[at];
        int last = first;
        while (++at < numbers.size() && numbers[at] <= last + 1)
            last = numbers[at];
        filter.push_back({if_at_least, 0, 2, static_cast<std::uint32_t>(first)});
        filter.push_back({if_above, 1, 0, static_cast<std::uint32_t>(last)});
        filter.push_back({give, 0, 0, result});
    }
}

// Ends with the error of USE, or goes on when an argument is another one.
std::vector<sock_filter> test_of(const RefusedUse& use) {
    std::vector<sock_filter> test = {{give, 0, 0, error(use.error)}};
    for (std::size_t left = use.arguments.size(); left-- > 0;) {
        const Argument& argument = use.arguments[left];
        const auto rest = static_cast<std::uint8_t>(test.size());
        test.insert(test.begin(), {{load_word, 0, 0, offset_of_argument(argument.index)},
                                   {mask_by, 0, 0, argument.mask},
                                   {if_equal, 0, rest, argument.value}});
    }
    return test;
}

void append_uses(std::vector<sock_filter>& filter, std::span<const RefusedUse> uses) {
    while (!uses.empty()) {
        const int call = uses.front().call;
        std::vector<sock_filter> tests;
        for (; !uses.empty() && uses.front().call == call; uses = uses.subspan(1))
            std::ranges::copy(test_of(uses.front()), std::back_inserter(tests));
        tests.push_back({give, 0, 0, SECCOMP_RET_ALLOW});
        const auto rest = static_cast<std::uint8_t>(tests.size());
        filter.push_back({if_equal, 0, rest, static_cast<std::uint32_t>(call)});
        std::ranges::copy(tests, std::back_inserter(filter));
    }
}

// Numbers of another architecture mean other calls, and those of x32 are in no table.
std::vector<sock_filter> make_filter(const MoreCalls& more) {
    std::vector<sock_filter> filter = {
        {load_word, 0, 0, offsetof(seccomp_data, arch)},
        {if_equal, 1, 0, architecture},
        {give, 0, 0, error(ENOSYS)},
        {load_word, 0, 0, offsetof(seccomp_data, nr)},
    };
    std::vector<RefusedUse> uses(refused_uses().begin(), refused_uses().end());
    if (!more.selinux_namespaces)
        uses.insert(uses.end(), selinux_namespace_uses().begin(), selinux_namespace_uses().end());
    std::ranges::stable_sort(uses, {}, &RefusedUse::call); // those of one call are one test
    append_uses(filter, uses);
    append_calls(filter, allowed_calls(), SECCOMP_RET_ALLOW);
    if (more.new_mounts)
        append_calls(filter, new_mount_calls(), SECCOMP_RET_ALLOW);
    append_calls(filter, forbidden_calls(), error(EPERM));
    filter.push_back({give, 0, 0, error(ENOSYS)});
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

void filter_system_calls(Kernel& kernel, const MoreCalls& more) {
    std::vector<sock_filter> filter = make_filter(more);
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    must(kernel.set_filter(program), "filter system calls",
         "the kernel needs CONFIG_SECCOMP_FILTER");
}

std::vector<std::string> container_environment(const std::string& terminal) {
    return {"container=selns", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "TERM=" + (terminal.empty() ? std::string("dumb") : terminal)};
}

} // namespace selns::run
