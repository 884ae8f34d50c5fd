/* Stands in a hostile image for its loader and its semodule: tries to get out of the sandbox that it
   is started in, and says what it reached. Static, so that it needs nothing. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void reached(const char *what, int number) { fprintf(stderr, "REACHED %s %d\n", what, number); }

/* Files of the machine, by paths that a way out would open. */
static void try_files(int at) {
    static const char *const paths[] = {"../../../../../../etc/shadow", "/etc/shadow", "/../etc/shadow",
                                        "/proc/1/root/etc/shadow", "/proc/self/exe", "/sys/kernel", "/dev/mem"};
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; ++i)
        if (openat(at, paths[i], O_RDONLY) >= 0)
            reached(paths[i], at);
}

static void try_descriptors(void) {
    for (int fd = 3; fd < 1024; ++fd)
        if (fcntl(fd, F_GETFD) >= 0) {
            reached("descriptor", fd);
            try_files(fd);
        }
    for (int fd = 0; fd < 3; ++fd)
        try_files(fd);
}

static void try_processes(void) {
    char byte;
    struct iovec here = {&byte, 1};
    if (getpid() != 1)
        reached("another pid namespace", getpid());
    for (int pid = 1; pid < 400; ++pid) {
        if (pid == getpid())
            continue;
        if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0 || ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
            reached("ptrace", pid);
        if (kill(pid, 0) == 0 || errno == EPERM)
            reached("process", pid);
        if (process_vm_readv(pid, &here, 1, &here, 1, 0) >= 0)
            reached("memory", pid);
        if (syscall(SYS_pidfd_open, pid, 0) >= 0)
            reached("pidfd", pid);
    }
    if (getppid() != 0)
        reached("parent", getppid());
}

static void try_kernel(void) {
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
        socket(AF_NETLINK, SOCK_RAW, 9) >= 0)
        reached("socket", 0);
    if (unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_NEWNS) == 0 ||
        syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0)
        reached("namespace", 0);
    if (mount("proc", "/", "proc", 0, NULL) == 0 || mount("/", "/", NULL, MS_BIND, NULL) == 0 ||
        syscall(SYS_fsopen, "tmpfs", 0) >= 0 || syscall(SYS_open_tree, AT_FDCWD, "/", 1) >= 0)
        reached("mount", 0);
    if (chroot("/") == 0 || syscall(SYS_pivot_root, ".", ".") == 0)
        reached("root", 0);
    if (syscall(SYS_io_uring_setup, 1, NULL) >= 0 || (errno != ENOSYS && errno != EPERM))
        reached("io_uring", errno);
    if (setuid(0) == 0 && getuid() == 0 && mknod("/disk", S_IFBLK | 0600, 0xfe00) == 0)
        reached("device", 0);
    if (prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 1)
        reached("capability", CAP_SYS_ADMIN);
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 || prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0)
        reached("who may end it", 0);
    if (syscall(SYS_memfd_create, "memory", 0) >= 0)
        reached("memory beside the limit", 0);
}

int main(void) {
    fprintf(stderr, "TRIED uid %d\n", (int)getuid());
    try_descriptors();
    try_processes();
    try_kernel();
    return 1;
}
