// What a container gets from the kernel when it asks for what it must not have. Each line is a
// kind, what was tried, and the errno (0: it was done). Runs as a static program in a container.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
    const char* name;
    long number;
};
#define CALL(name)                                                                                 \
    { #name, SYS_##name }

static const struct call forbidden[] = {
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(syslog),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(swapon),
    CALL(swapoff),
    CALL(acct),
    CALL(quotactl),
    CALL(quotactl_fd),
    CALL(nfsservctl),
    CALL(add_key),
    CALL(keyctl),
    CALL(request_key),
    CALL(open_by_handle_at),
    CALL(fanotify_init),
    CALL(fanotify_mark),
    CALL(io_uring_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
    CALL(userfaultfd),
#ifdef __x86_64__
    CALL(iopl),
    CALL(ioperm),
    CALL(uselib),
    CALL(ustat),
#endif
};
static const struct call missing[] = {
    CALL(fsopen),
    CALL(fsconfig),
    CALL(fsmount),
    CALL(fspick),
    CALL(move_mount),
    CALL(open_tree),
    CALL(mount_setattr),
    {"statmount", 457},
    {"listmount", 458},
    {"open_tree_attr", 467},
    {"listns", 470},
    {"471", 471},
    {"1000", 1000},
    {"-2", -2},
#ifdef __x86_64__
    {"x32 getpid", 0x40000000 + SYS_getpid},
    {"x32 socket", 0x40000000 + SYS_socket},
#endif
};

static int error_of(long result) {
    return result < 0 ? errno : 0;
}

static void say(const char* kind, const char* what, int error) {
    printf("%s %s %d\n", kind, what, error);
    fflush(stdout);
}

#define TRY(kind, table)                                                                           \
    for (unsigned i = 0; i < sizeof table / sizeof *table; ++i)                                    \
    say(kind, table[i].name, error_of(syscall(table[i].number, 0, 0, 0, 0, 0, 0)))

// The errno of making a socket by io_uring; the kernel answers in the ring's own memory.
static int socket_by_ring(int family, int type, int protocol) {
    struct io_uring_params params = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
    if (ring < 0)
        return errno;
    size_t size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    size_t other = params.sq_off.array + params.sq_entries * sizeof(unsigned);
    char* rings = mmap(0, size > other ? size : other, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
    struct io_uring_sqe* entries =
        mmap(0, sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    memset(entries, 0, sizeof *entries);
    entries->opcode = 45; // IORING_OP_SOCKET
    entries->fd = family;
    entries->off = (unsigned)type;
    entries->len = (unsigned)protocol;
    *(unsigned*)(rings + params.sq_off.array) = 0;
    *(unsigned*)(rings + params.sq_off.tail) = 1;
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0)
        return errno;
    int result = ((struct io_uring_cqe*)(rings + params.cq_off.cqes))->res;
    return result < 0 ? -result : 0;
}

#ifdef __x86_64__
static sigjmp_buf no_entry;
static void leave(int signal) {
    siglongjmp(no_entry, signal);
}

// Some virtual machines have no such entry into their kernels: it is a fault then, and nobody gets
// in by it.
static long by_interrupt(long number, long first, long second, long third) {
    long result;
    signal(SIGSEGV, leave);
    if (sigsetjmp(no_entry, 1) != 0)
        return ENOSYS;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third)
                     : "memory", "r8", "r9", "r10", "r11");
    return result < 0 ? -result : 0;
}
#endif

static void try_sockets(void) {
    say("socket", "audit", error_of(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)));
    say("socket", "audit, upper half set",
        error_of(syscall(SYS_socket, AF_NETLINK | 1L << 32, SOCK_RAW, NETLINK_AUDIT | 1L << 32)));
    say("socket", "vsock", error_of(socket(AF_VSOCK, SOCK_STREAM, 0)));
    say("ring", "audit", socket_by_ring(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
#ifdef __x86_64__
    say("i386", "getpid", (int)by_interrupt(20, 0, 0, 0));
    say("i386", "socket", (int)by_interrupt(359, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
    say("i386", "io_uring_setup", (int)by_interrupt(425, 1, 0, 0));
#endif
}

static void try_what_is_allowed(void) {
    say("allowed", "route", error_of(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)));
    say("allowed", "inet", error_of(socket(AF_INET, SOCK_STREAM, 0)));
    say("allowed", "unix", error_of(socket(AF_UNIX, SOCK_STREAM, 0)));
    int pipes[2];
    say("allowed", "pipe", error_of(pipe(pipes)));
    say("allowed", "ioctl", error_of(ioctl(pipes[0], FIOCLEX)));
    // Newer than the headers: the kernel's own answer, whichever it is.
    say("newer", "fchmodat2", error_of(syscall(452, -1, "x", 0, 0)));
    say("newer", "lsm_list_modules", error_of(syscall(461, 0, 0, 0)));
}

// Where a mount namespace leads to the next one, up to the host's.
static void try_namespaces(void) {
    char info[16];
    int own = open("/proc/self/ns/mnt", O_RDONLY);
    say("ioctl", "next mount namespace", error_of(ioctl(own, _IOR(0xb7, 11, info), info)));
    say("ioctl", "previous mount namespace", error_of(ioctl(own, _IOR(0xb7, 12, info), info)));
    say("ioctl", "previous, of another size", error_of(ioctl(own, _IOR(0xb7, 12, int[8]), info)));
    // A size that the kernel refuses before it looks at the attribute.
    say("nested", "lsm_set_self_attr", error_of(syscall(460, 106, 0, 1 << 20, 0)));
    say("nested", "lsm_get_self_attr", error_of(syscall(459, 106, 0, 0, 0)));
    say("newer", "lsm_set_self_attr", error_of(syscall(460, 100, 0, 1 << 20, 0)));
}

int main(void) {
    TRY("forbidden", forbidden);
    TRY("missing", missing);
    try_sockets();
    try_namespaces();
    try_what_is_allowed();
    // A user namespace gives every capability, and the same calls.
    if (fork() == 0) {
        say("allowed", "unshare", error_of(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)));
        TRY("forbidden", forbidden);
        TRY("missing", missing);
        try_sockets();
        return 0;
    }
    wait(0);
    say("end", "", 0);
    return 0;
}
