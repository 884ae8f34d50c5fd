#include "selns-run/system_calls.hpp"

#include "selns-run/selinux_namespace.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

namespace selns::run {

namespace {

// Older headers lack these; from 424 on, numbers are the same on every architecture.
namespace newer {
constexpr int cachestat = 451;
constexpr int fchmodat2 = 452;
constexpr int map_shadow_stack = 453;
constexpr int futex_wake = 454;
constexpr int futex_wait = 455;
constexpr int futex_requeue = 456;
constexpr int lsm_get_self_attr = 459;
constexpr int lsm_set_self_attr = 460;
constexpr int lsm_list_modules = 461;
constexpr int mseal = 462;
constexpr int setxattrat = 463;
constexpr int getxattrat = 464;
constexpr int listxattrat = 465;
constexpr int removexattrat = 466;
constexpr int file_getattr = 468;
constexpr int file_setattr = 469;
#ifdef __x86_64__
constexpr int uretprobe = 335;
constexpr int uprobe = 336;
#endif
} // namespace newer

// Tables by hand: in columns they would be three times as long.
// clang-format off
constexpr int allowed[] = {
    // Files that are open.
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv,
    SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_lseek, SYS_close, SYS_close_range, SYS_dup,
    SYS_dup3, SYS_fcntl, SYS_ioctl, SYS_flock, SYS_ftruncate, SYS_fallocate, SYS_fadvise64,
    SYS_readahead, SYS_fsync, SYS_fdatasync, SYS_sync, SYS_syncfs, SYS_sync_file_range,
    SYS_sendfile, SYS_splice, SYS_tee, SYS_vmsplice, SYS_copy_file_range, SYS_pipe2,
    SYS_getdents64, SYS_fstat, SYS_fstatfs, newer::cachestat,
    // Files by name: permissions and the policy decide.
    SYS_openat, SYS_openat2, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_faccessat, SYS_faccessat2,
    SYS_readlinkat, SYS_getcwd, SYS_chdir, SYS_fchdir, SYS_mkdirat, SYS_mknodat, SYS_linkat,
    SYS_symlinkat, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_truncate, SYS_umask,
    SYS_fchmod, SYS_fchmodat, newer::fchmodat2, SYS_fchown, SYS_fchownat, SYS_utimensat,
    SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr,
    SYS_listxattr, SYS_llistxattr, SYS_flistxattr, SYS_removexattr, SYS_lremovexattr,
    SYS_fremovexattr, newer::setxattrat, newer::getxattrat, newer::listxattrat,
    newer::removexattrat, newer::file_getattr, newer::file_setattr, SYS_inotify_init1,
    SYS_inotify_add_watch, SYS_inotify_rm_watch,
    // systemd asks by it whether something is a mount. The way back, open_by_handle_at, opens any
    // file of a file system and is forbidden.
    SYS_name_to_handle_at,
    // Waiting, and asynchronous I/O of the old kind, which does nothing but I/O.
    SYS_pselect6, SYS_ppoll, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2,
    SYS_eventfd2, SYS_signalfd4, SYS_io_setup, SYS_io_destroy, SYS_io_submit, SYS_io_cancel,
    SYS_io_getevents, SYS_io_pgetevents,
    // Memory.
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_process_madvise,
    SYS_mincore, SYS_msync, SYS_mlock, SYS_mlock2, SYS_mlockall, SYS_munlock, SYS_munlockall,
    SYS_remap_file_pages, SYS_memfd_create, SYS_memfd_secret, SYS_membarrier, SYS_pkey_alloc,
    SYS_pkey_free, SYS_pkey_mprotect, SYS_mbind, SYS_get_mempolicy, SYS_set_mempolicy,
    SYS_set_mempolicy_home_node, SYS_migrate_pages, SYS_move_pages, SYS_process_mrelease,
    newer::map_shadow_stack, newer::mseal,
    // Processes. Of clone's and unshare's namespaces all are allowed, user namespaces, too: they
    // keep the filter, and systemd's services ask for them.
    SYS_clone, SYS_clone3, SYS_execve, SYS_execveat, SYS_exit, SYS_exit_group, SYS_wait4,
    SYS_waitid, SYS_getpid, SYS_getppid, SYS_gettid, SYS_getpgid, SYS_setpgid, SYS_getsid,
    SYS_setsid, SYS_set_tid_address, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq,
    SYS_prctl, SYS_personality, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal,
    SYS_kcmp, SYS_futex, SYS_futex_waitv, newer::futex_wake, newer::futex_wait,
    newer::futex_requeue, SYS_restart_syscall,
    // Debuggers; other processes than the container's are not seen.
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
    // Signals.
    SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigpending,
    SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
    SYS_rt_sigreturn, SYS_sigaltstack,
    // Scheduling and limits.
    SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_sched_getattr,
    SYS_sched_setattr, SYS_sched_getparam, SYS_sched_setparam, SYS_sched_getscheduler,
    SYS_sched_setscheduler, SYS_sched_get_priority_max, SYS_sched_get_priority_min,
    SYS_sched_rr_get_interval, SYS_getpriority, SYS_setpriority, SYS_ioprio_get, SYS_ioprio_set,
    SYS_getrlimit, SYS_setrlimit, SYS_prlimit64, SYS_getrusage, SYS_times, SYS_getcpu,
    // Users, groups and capabilities.
    SYS_getuid, SYS_geteuid, SYS_getresuid, SYS_getgid, SYS_getegid, SYS_getresgid,
    SYS_getgroups, SYS_setuid, SYS_setreuid, SYS_setresuid, SYS_setfsuid, SYS_setgid,
    SYS_setregid, SYS_setresgid, SYS_setfsgid, SYS_setgroups, SYS_capget, SYS_capset,
    // Clocks, which are read alone: setting one needs a capability that is dropped.
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_gettimeofday, SYS_nanosleep,
    SYS_adjtimex, SYS_clock_adjtime, SYS_getitimer, SYS_setitimer, SYS_timer_create,
    SYS_timer_settime, SYS_timer_gettime, SYS_timer_getoverrun, SYS_timer_delete,
    SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
    // Sockets.
    SYS_socket, SYS_socketpair, SYS_bind, SYS_connect, SYS_listen, SYS_accept, SYS_accept4,
    SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_sendto,
    SYS_sendmsg, SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,
    // Queues, semaphores and shared memory, of the container's own namespace.
    SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_semget, SYS_semop, SYS_semtimedop,
    SYS_semctl, SYS_shmget, SYS_shmat, SYS_shmdt, SYS_shmctl, SYS_mq_open, SYS_mq_unlink,
    SYS_mq_timedsend, SYS_mq_timedreceive, SYS_mq_notify, SYS_mq_getsetattr,
    // What an init does, to its own namespaces. Of the calls for mounts only the old ones: about
    // mount_setattr and open_tree no policy is asked, statmount and listmount tell a root of the
    // host's mounts, and most programs that know fsopen and its kin go on without.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns,
    SYS_sethostname, SYS_setdomainname, SYS_vhangup, SYS_reboot, SYS_uname, SYS_sysinfo,
    // What programs confine themselves by, and with what.
    SYS_seccomp, SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self,
    newer::lsm_get_self_attr, newer::lsm_set_self_attr, newer::lsm_list_modules,
    SYS_getrandom,
#ifdef __x86_64__
    // The older forms of the above.
    SYS_open, SYS_creat, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_mkdir, SYS_rmdir,
    SYS_mknod, SYS_link, SYS_symlink, SYS_unlink, SYS_rename, SYS_chmod, SYS_chown, SYS_lchown,
    SYS_utime, SYS_utimes, SYS_futimesat, SYS_getdents, SYS_dup2, SYS_pipe, SYS_poll, SYS_select,
    SYS_epoll_create, SYS_epoll_wait, SYS_eventfd, SYS_signalfd, SYS_inotify_init, SYS_fork,
    SYS_vfork, SYS_pause, SYS_alarm, SYS_time, SYS_getpgrp,
    // Registers and segments of the process itself; how it comes back from the host's uprobes.
    SYS_arch_prctl, SYS_modify_ldt, newer::uretprobe, newer::uprobe,
#endif
};

constexpr int new_mounts[] = {SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_move_mount};

constexpr int forbidden[] = {
    // What the kernel is: its code, its successor, its log.
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load,
    SYS_syslog, SYS_bpf, SYS_perf_event_open,
    // The machine's clock, swap, accounting and quotas.
    SYS_settimeofday, SYS_clock_settime, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl,
    SYS_quotactl_fd, SYS_nfsservctl,
    // Keyrings are of users, not of containers.
    SYS_add_key, SYS_keyctl, SYS_request_key,
    // Files that no path of the container leads to, and what the host does with the others.
    SYS_open_by_handle_at, SYS_fanotify_init, SYS_fanotify_mark,
    // What is done by io_uring passes no filter. The errno is that of kernel.io_uring_disabled.
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    // Holds the kernel up in the middle of something, which attacks on it need.
    SYS_userfaultfd,
#ifdef __x86_64__
    // Ports of devices, and what nothing has used for decades.
    SYS_iopl, SYS_ioperm, SYS_uselib, SYS_ustat,
#endif
};
// clang-format on

constexpr std::uint32_t whole = 0xffffffff;

constexpr Argument audit_socket[] = {{0, whole, AF_NETLINK}, {2, whole, NETLINK_AUDIT}};
constexpr Argument vsock_socket[] = {{0, whole, AF_VSOCK}};
// NS_MNT_GET_NEXT and NS_MNT_GET_PREV, whatever the size of what they fill.
constexpr Argument next_mount_namespace[] = {{1, 0xffff, 0xb70b}};
constexpr Argument previous_mount_namespace[] = {{1, 0xffff, 0xb70c}};

constexpr RefusedUse refused[] = {
    // The kernel has one audit log, which a container with the host's network could turn on and
    // write to. Programs take this errno for a kernel without it.
    {SYS_socket, audit_socket, EAFNOSUPPORT},
    // The way to the hypervisor is of no network namespace, so it would be the host's.
    {SYS_socket, vsock_socket, EAFNOSUPPORT},
    // Linux 6.12 to 6.18 lead a root from its own mount namespace to the host's by these.
    {SYS_ioctl, next_mount_namespace, ENOTTY},
    {SYS_ioctl, previous_mount_namespace, ENOTTY},
};

// An SELinux namespace below that of the container, which unshares by setting an attribute; and
// whether there are any. Policies that do not know the permission allow it.
constexpr Argument unshare_attribute[] = {{0, whole, attribute_unshare}};
constexpr RefusedUse selinux_namespaces[] = {
    {newer::lsm_set_self_attr, unshare_attribute, EPERM},
    {newer::lsm_get_self_attr, unshare_attribute, EPERM},
};

} // namespace

std::span<const int> allowed_calls() {
    return allowed;
}

std::span<const int> new_mount_calls() {
    return new_mounts;
}

std::span<const int> forbidden_calls() {
    return forbidden;
}

std::span<const RefusedUse> refused_uses() {
    return refused;
}

std::span<const RefusedUse> selinux_namespace_uses() {
    return selinux_namespaces;
}

} // namespace selns::run
