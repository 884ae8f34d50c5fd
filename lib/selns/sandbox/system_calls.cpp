#include "selns/sandbox/system_calls.hpp"

#include "selns/base/error.hpp"

#include <sched.h>
#include <seccomp.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

namespace selns::sandbox {

namespace {

// Names that an architecture lacks are passed over.
using Names = std::initializer_list<const char*>;

// Descriptors that are open already (the C library's fstat() is newfstatat or statx), memory, time,
// and the end. The sanitizers try memory with a pipe.
constexpr Names parse_calls = {"read",
                               "readv",
                               "pread64",
                               "preadv",
                               "write",
                               "writev",
                               "lseek",
                               "_llseek",
                               "close",
                               "close_range",
                               "dup",
                               "dup2",
                               "dup3",
                               "fcntl",
                               "fcntl64",
                               "fstat",
                               "fstat64",
                               "newfstatat",
                               "fstatat64",
                               "statx",
                               "poll",
                               "ppoll",
                               "ppoll_time64",
                               "brk",
                               "mmap",
                               "mmap2",
                               "mremap",
                               "munmap",
                               "mprotect",
                               "madvise",
                               "membarrier",
                               "futex",
                               "futex_time64",
                               "sched_yield",
                               "sched_getaffinity",
                               "getrandom",
                               "clock_gettime",
                               "clock_gettime64",
                               "clock_nanosleep",
                               "clock_nanosleep_time64",
                               "nanosleep",
                               "gettimeofday",
                               "time",
                               "rt_sigaction",
                               "rt_sigprocmask",
                               "rt_sigreturn",
                               "sigreturn",
                               "sigaltstack",
                               "rt_sigtimedwait",
                               "restart_syscall",
                               "getpid",
                               "gettid",
                               "getuid",
                               "geteuid",
                               "getgid",
                               "getegid",
                               "getppid",
                               "uname",
                               "sysinfo",
                               "tgkill",
                               "exit",
                               "exit_group",
                               "pipe",
                               "pipe2"};

// Files below its root, which has nothing of anybody's.
constexpr Names file_calls = {
    "open",       "openat",     "openat2",   "creat",     "stat",       "stat64",
    "lstat",      "lstat64",    "access",    "faccessat", "faccessat2", "readlink",
    "readlinkat", "getcwd",     "chdir",     "fchdir",    "getdents",   "getdents64",
    "mkdir",      "mkdirat",    "rmdir",     "unlink",    "unlinkat",   "rename",
    "renameat",   "renameat2",  "link",      "linkat",    "symlink",    "symlinkat",
    "chmod",      "fchmod",     "fchmodat",  "chown",     "fchown",     "fchownat",
    "lchown",     "utimensat",  "ftruncate", "truncate",  "fallocate",  "fsync",
    "fdatasync",  "flock",      "umask",     "pwrite64",  "pwritev",    "getxattr",
    "lgetxattr",  "fgetxattr",  "setxattr",  "lsetxattr", "fsetxattr",  "listxattr",
    "llistxattr", "flistxattr", "statfs",    "fstatfs",   "sendfile",   "copy_file_range",
    "fadvise64",  "mknod",      "mknodat",   "syncfs"};

// Programs of its root. It leads a session in a pid namespace, further no signal reaches. No prctl:
// who ends it, and who may look into it, is settled.
constexpr Names program_calls = {
    "execve",    "wait4",     "waitid",          "vfork",           "pipe",
    "pipe2",     "kill",      "arch_prctl",      "setpgid",         "getpgid",
    "getpgrp",   "setsid",    "set_tid_address", "set_robust_list", "rseq",
    "prlimit64", "getrlimit", "setrlimit",       "getrusage",       "ioctl",
    "getgroups", "getresuid", "getresgid",       "select",          "pselect6"};

constexpr std::uint64_t new_namespaces = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                         CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

void check(int status) {
    if (status != 0)
        throw system_error("cannot limit the sandbox's system calls", -status);
}

void allow(const Filter& filter, Names names) {
    for (const char* name : names)
        if (const int number = seccomp_syscall_resolve_name(name); number >= 0)
            check(seccomp_rule_add_exact(filter.get(), SCMP_ACT_ALLOW, number, 0));
}

// clone3 hides its flags from filters; without it the C library takes clone.
void allow_fork(const Filter& filter) {
    const scmp_arg_cmp no_namespace = {0, SCMP_CMP_MASKED_EQ, new_namespaces, 0};
    check(seccomp_rule_add_exact_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                       &no_namespace));
    if (const int number = seccomp_syscall_resolve_name("fork"); number >= 0)
        check(seccomp_rule_add_exact(filter.get(), SCMP_ACT_ALLOW, number, 0));
}

} // namespace

void allow_only(Rights rights) {
    const Filter filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
    if (!filter)
        throw system_error("cannot limit the sandbox's system calls", ENOMEM);
    // Calls by another architecture's numbers end the process.
    check(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    allow(filter, parse_calls);
    if (rights != Rights::parse) {
        allow(filter, file_calls);
        allow(filter, program_calls);
        allow_fork(filter);
    }
    check(seccomp_load(filter.get())); // sets no_new_privs itself
}

} // namespace selns::sandbox
