// The init of the initramfs that `selns-build boot` makes: loads the kernel modules beside it,
// mounts the root file system, puts the units of /units under /run, and hands over to the image's
// own init. It is told what to do by the kernel's own parameters (root=, rootfstype=, ro, init=).
//
// With the parameter selns.container it stays, as a host without a policy, and has /selns-run start
// the image as a container. Ctrl-alt-del, or the container's own end, ends both.
//
// What goes wrong is said to the kernel's log in one line that begins with "selns-init: cannot",
// and the machine is switched off.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <initializer_list>

namespace {

constexpr int wait_seconds = 30; // for the root device
constexpr std::size_t line_length = 512;

// One write is one record of the kernel's log.
void say(int priority, const char* format, va_list arguments) {
    char line[line_length];
    int length = std::snprintf(line, sizeof line, "<%d>selns-init: ", priority);
    length += std::vsnprintf(line + length, sizeof line - static_cast<std::size_t>(length), format,
                             arguments);
    if (length >= static_cast<int>(sizeof line))
        length = sizeof line - 1;
    const int log = ::open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (log >= 0) {
        [[maybe_unused]] const ssize_t ignored =
            ::write(log, line, static_cast<std::size_t>(length));
        ::close(log);
    }
}

__attribute__((format(printf, 1, 2))) void tell(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(6, format, arguments);
    va_end(arguments);
}

// FORMAT goes on after "cannot ".
[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(const char* format, ...) {
    char text[line_length] = "cannot ";
    std::strncat(text, format, sizeof text - std::strlen(text) - 1);
    va_list arguments;
    va_start(arguments, format);
    say(3, text, arguments);
    va_end(arguments);
    ::sync();
    ::reboot(RB_POWER_OFF);
    std::exit(1);
}

void mount_or_fail(const char* source, const char* target, const char* type, unsigned long flags,
                   const char* data) {
    ::mkdir(target, 0755);
    if (::mount(source, target, type, flags, data) != 0 && errno != EBUSY)
        fail("mount %s on %s: %s", type, target, std::strerror(errno));
}

// Makes the standard streams the console, which devtmpfs has only now; nothing, without a console.
void open_console() {
    int console = ::open("/dev/console", O_RDWR | O_NOCTTY);
    if (console < 0)
        console = ::open("/dev/null", O_RDWR);
    if (console < 0)
        return;
    for (int fd = 0; fd < 3; ++fd)
        ::dup2(console, fd);
    if (console > 2)
        ::close(console);
}

// ---- the kernel's parameters

char parameters[4096];

void read_parameters() {
    const int file = ::open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
    const ssize_t got = file < 0 ? -1 : ::read(file, parameters, sizeof parameters - 1);
    if (got < 0)
        fail("read /proc/cmdline: %s", std::strerror(errno));
    parameters[got] = '\0';
    ::close(file);
}

// Whether the word NAME is among them; with a '=' at its end, what follows goes to VALUE.
bool find_parameter(const char* name, char* value, std::size_t size) {
    const std::size_t length = std::strlen(name);
    bool found = false;
    for (const char* at = parameters; *at != '\0';) {
        const std::size_t word = std::strcspn(at, " \n");
        const bool takes = name[length - 1] == '=';
        if (word >= length && std::strncmp(at, name, length) == 0 && (takes || word == length)) {
            found = true;
            if (takes)
                std::snprintf(value, size, "%.*s", static_cast<int>(word - length), at + length);
        }
        at += word;
        at += std::strspn(at, " \n");
    }
    return found;
}

// ---- modules and units

int is_plain(const dirent* entry) {
    return entry->d_name[0] != '.' ? 1 : 0;
}

// Calls TAKE with the name of each file of DIRECTORY, in their order.
template <typename Take>
void for_each(const char* directory, Take take) {
    dirent** names = nullptr;
    const int count = ::scandir(directory, &names, is_plain, ::alphasort);
    for (int i = 0; i < count; ++i)
        take(names[i]->d_name);
}

// Files are named in the order that they need: 00-virtio_ring.ko.
void load_modules() {
    for_each("/modules", [](const char* name) {
        char path[line_length];
        std::snprintf(path, sizeof path, "/modules/%s", name);
        const int file = ::open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || (::syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST))
            fail("load the module %s: %s", name, std::strerror(errno));
        ::close(file);
        ::unlink(path);
    });
}

void copy_file(const char* from, const char* to) {
    const int source = ::open(from, O_RDONLY | O_CLOEXEC);
    const int target = ::open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    char buffer[4096];
    ssize_t got = 0;
    while (source >= 0 && target >= 0 && (got = ::read(source, buffer, sizeof buffer)) > 0)
        if (::write(target, buffer, static_cast<std::size_t>(got)) != got)
            got = -1;
    if (source < 0 || target < 0 || got < 0)
        fail("write %s: %s", to, std::strerror(errno));
    ::close(source);
    ::close(target);
}

// Units that systemd will find, and want as soon as its default target is there.
void place_units() {
    constexpr const char* wants = "/run/systemd/system/default.target.wants";
    if (::access("/units", F_OK) != 0)
        return;
    for (const char* directory : {"/run/systemd", "/run/systemd/system", wants})
        ::mkdir(directory, 0755);
    for_each("/units", [](const char* name) {
        char from[line_length];
        char to[line_length];
        std::snprintf(from, sizeof from, "/units/%s", name);
        std::snprintf(to, sizeof to, "/run/systemd/system/%s", name);
        copy_file(from, to);
        std::snprintf(from, sizeof from, "%s/%s", wants, name);
        if (::symlink(to, from) != 0)
            fail("make %s: %s", from, std::strerror(errno));
    });
}

// ---- the root file system

// Which device it is on; it may take a while to appear.
void wait_for_root(char (&device)[line_length]) {
    if (!find_parameter("root=", device, sizeof device))
        fail("find a root= among the kernel's parameters");
    constexpr int tries_a_second = 100;
    for (int tries = 0; ::access(device, F_OK) != 0; ++tries) {
        if (tries == wait_seconds * tries_a_second)
            fail("find the root device %s: it did not appear within %d s", device, wait_seconds);
        const timespec pause{0, 1'000'000'000 / tries_a_second};
        ::nanosleep(&pause, nullptr);
    }
}

void mount_root() {
    char device[line_length];
    wait_for_root(device);
    char type[32] = "ext4";
    find_parameter("rootfstype=", type, sizeof type);
    ::mkdir("/root", 0755);
    const unsigned long flags = find_parameter("ro", nullptr, 0) ? MS_RDONLY : 0;
    if (::mount(device, "/root", type, flags, nullptr) != 0)
        fail("mount the root device %s as %s: %s", device, type, std::strerror(errno));
}

void write_setting(const char* file, const char* value) {
    const int setting = ::open(file, O_WRONLY | O_CLOEXEC);
    if (setting < 0)
        return;
    [[maybe_unused]] const ssize_t ignored = ::write(setting, value, std::strlen(value));
    ::close(setting);
}

// Makes what is mounted on ROOT the root, with this program's other mounts.
void enter(const char* root) {
    for (const char* directory : {"/dev", "/proc", "/sys", "/run"}) {
        char target[64];
        std::snprintf(target, sizeof target, "%s%s", root, directory);
        if (::mount(directory, target, nullptr, MS_MOVE, nullptr) != 0)
            fail("move %s into the root file system: %s", directory, std::strerror(errno));
    }
    if (::chdir(root) != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
        ::chroot(".") != 0 || ::chdir("/") != 0)
        fail("enter the root file system: %s", std::strerror(errno));
}

[[noreturn]] void start_init() {
    enter("/root");
    char init[line_length] = "/sbin/init";
    find_parameter("init=", init, sizeof init);
    if (::access(init, X_OK) != 0)
        fail("find the image's init %s: %s", init, std::strerror(errno));
    tell("root file system mounted, starting %s", init);
    char* const arguments[] = {init, nullptr};
    char home[] = "HOME=/";
    char terminal[] = "TERM=linux";
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    char* const environment[] = {home, terminal, path, nullptr};
    ::execve(init, arguments, environment);
    fail("execute %s: %s", init, std::strerror(errno));
}

// ---- a container on a host without a policy

// The launcher, whose errors go to ERRORS.
[[noreturn]] void execute_launcher(const char* device, int errors) {
    ::dup2(errors, 2);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setsid();
    const bool units = ::access("/units", F_OK) == 0;
    char wanted[32] = "auto";
    find_parameter("selns.namespace=", wanted, sizeof wanted);
    char selinux_namespace[64];
    std::snprintf(selinux_namespace, sizeof selinux_namespace, "--selinux-namespace=%s", wanted);
    const char* arguments[] = {"/selns-run",
                               "--launch=/container.launch.json",
                               selinux_namespace,
                               "--kernel-log",
                               "--init-argument=systemd.log_target=kmsg",
                               "--init-argument=systemd.show_status=1",
                               device,
                               units ? "--units=/units" : nullptr,
                               nullptr};
    char* const environment[] = {nullptr};
    ::execve(arguments[0], const_cast<char**>(arguments), environment);
    std::perror("execute /selns-run");
    std::_Exit(125);
}

// What the launcher said last, which is why it gave up.
void take_errors(int errors, char* line, std::size_t size) {
    std::size_t length = std::strlen(line);
    const ssize_t got = ::read(errors, line + length, size - length - 1);
    if (got <= 0)
        return;
    line[length + static_cast<std::size_t>(got)] = '\0';
    line[std::strcspn(line, "\n")] = '\0';
}

[[noreturn]] void run_container() {
    mount_or_fail("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                  nullptr);
    char device[line_length];
    wait_for_root(device);
    int errors[2];
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT); // of ctrl-alt-del
    sigaddset(&signals, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::reboot(RB_DISABLE_CAD);
    if (::pipe2(errors, O_CLOEXEC | O_NONBLOCK) != 0)
        fail("make a pipe: %s", std::strerror(errno));
    tell("root file system found, starting a container");
    const pid_t launcher = ::fork();
    if (launcher < 0)
        fail("start the launcher: %s", std::strerror(errno));
    if (launcher == 0)
        execute_launcher(device, errors[1]);
    int status = 0;
    for (bool running = true; running;) {
        int signal = 0;
        ::sigwait(&signals, &signal);
        if (signal == SIGINT)
            ::kill(launcher, SIGTERM);
        int ended_status = 0;
        for (pid_t ended = 0; (ended = ::waitpid(-1, &ended_status, WNOHANG)) > 0;)
            if (ended == launcher) {
                running = false;
                status = ended_status;
            }
    }
    char said[line_length / 2] = "";
    take_errors(errors[0], said, sizeof said);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 125)
        fail("run the container: %s", said[0] != '\0' ? said : "its launcher was killed");
    tell("the container ended with status %d", WEXITSTATUS(status));
    ::sync();
    ::reboot(RB_POWER_OFF);
    std::exit(1);
}

} // namespace

int main() {
    mount_or_fail("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
    open_console();
    mount_or_fail("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
    mount_or_fail("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
    mount_or_fail("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
    read_parameters();
    // Without an audit daemon, denials go through printk, and this limit drops them.
    write_setting("/proc/sys/kernel/printk_ratelimit", "0");
    load_modules();
    if (find_parameter("selns.container", nullptr, 0))
        run_container();
    place_units();
    mount_root();
    start_init();
}
