/* Preloaded into the program: fails the call number FAULT_AT of those that FAULT_CALLS names with
 * FAULT_ERRNO. The number is counted in the shared file FAULT_COUNT, so that the program's threads
 * and the tools that it starts are counted together; its sandboxes do not see this. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic long* count;
static const char* calls = "";
static long at;
static int with;

__attribute__((constructor)) static void begin(void) {
    const char* file = getenv("FAULT_COUNT");
    const int fd = file ? (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0) : -1;
    void* place = fd < 0 ? MAP_FAILED : mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (place == MAP_FAILED)
        return;
    calls = getenv("FAULT_CALLS");
    at = atol(getenv("FAULT_AT"));
    with = atoi(getenv("FAULT_ERRNO"));
    count = place;
}

static int fails(const char* kind) {
    if (!count || strcmp(kind, calls) != 0)
        return 0;
    const int wanted = atomic_fetch_add(count, 1) + 1 == at;
    if (wanted)
        errno = with;
    return wanted;
}

/* Pipes, terminals and memory (which alone has seals here) are no files on a disk. */
static int fails_at(const char* kind, int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fcntl(fd, F_GET_SEALS) < 0 &&
           fails(kind);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define PATHS(kind, failure, type, name, parameters, arguments)                                    \
    type name parameters {                                                                         \
        return fails(kind) ? (failure) : REAL(name) arguments;                                     \
    }
#define FILES(kind, type, name, parameters, arguments)                                             \
    type name parameters {                                                                         \
        return fails_at(kind, fd) ? -1 : REAL(name) arguments;                                     \
    }
#define OPENS(name, parameters, ...)                                                               \
    int name parameters {                                                                          \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;            \
        va_end(more);                                                                              \
        return fails("open") ? -1 : REAL(name)(__VA_ARGS__, flags, mode);                          \
    }

OPENS(open, (const char* path, int flags, ...), path)
OPENS(open64, (const char* path, int flags, ...), path)
OPENS(openat, (int from, const char* path, int flags, ...), from, path)
OPENS(openat64, (int from, const char* path, int flags, ...), from, path)
PATHS("open", 0, FILE*, fopen, (const char* path, const char* mode), (path, mode))
PATHS("open", 0, FILE*, fopen64, (const char* path, const char* mode), (path, mode))
PATHS("open", -1, int, mkostemp, (char* path, int flags), (path, flags))
PATHS("open", -1, int, mkostemp64, (char* path, int flags), (path, flags))
PATHS("open", 0, char*, mkdtemp, (char* path), (path))
PATHS("open", -1, int, mkdir, (const char* path, mode_t mode), (path, mode))
PATHS("open", -1, int, mkdirat, (int from, const char* path, mode_t mode), (from, path, mode))

FILES("write", ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size))
FILES("write", ssize_t, writev, (int fd, const struct iovec* parts, int n), (fd, parts, n))
FILES("write", ssize_t, pwrite, (int fd, const void* data, size_t size, off_t to),
      (fd, data, size, to))
FILES("write", ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t to),
      (fd, data, size, to))
FILES("write", int, ftruncate, (int fd, off_t size), (fd, size))
FILES("write", int, ftruncate64, (int fd, off64_t size), (fd, size))
FILES("write", int, fallocate, (int fd, int mode, off_t from, off_t size), (fd, mode, from, size))
FILES("write", int, fallocate64, (int fd, int mode, off64_t from, off64_t size),
      (fd, mode, from, size))
ssize_t copy_file_range(int from, off64_t* at_from, int fd, off64_t* to, size_t size,
                        unsigned flags) {
    return fails_at("write", fd) ? -1 : REAL(copy_file_range)(from, at_from, fd, to, size, flags);
}

PATHS("sync", -1, int, fsync, (int fd), (fd))
PATHS("sync", -1, int, fdatasync, (int fd), (fd))
FILES("sync", int, sync_file_range, (int fd, off64_t from, off64_t size, unsigned flags),
      (fd, from, size, flags))

PATHS("rename", -1, int, rename, (const char* old, const char* new), (old, new))
PATHS("rename", -1, int, renameat, (int a, const char* old, int b, const char* new),
      (a, old, b, new))
PATHS("rename", -1, int, renameat2,
      (int a, const char* old, int b, const char* new, unsigned flags), (a, old, b, new, flags))
PATHS("rename", -1, int, link, (const char* old, const char* new), (old, new))
PATHS("rename", -1, int, linkat, (int a, const char* old, int b, const char* new, int flags),
      (a, old, b, new, flags))
