#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/sandbox/channel.hpp"
#include "selns/sandbox/sandbox.hpp"
#include "selns/sandbox/transcript.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

using namespace selns;
using sandbox::Inside;
using sandbox::Rights;
using sandbox::Worker;

namespace {

constexpr sandbox::Limits some = {.root = 16U << 20U};

std::string words(std::initializer_list<bool> values) {
    std::string text;
    for (const bool value : values)
        text += value ? "yes " : "no ";
    return text;
}

class Raised final : public Interrupt {
  public:
    bool raised() const override { return true; }
};

const Worker echo("echo", Rights::parse, {}, [](Inside& inside) { return inside.request(); });

const Worker talk("talk", Rights::parse, {}, [](Inside& inside) {
    inside.say("one");
    inside.emit("a piece");
    inside.say("two");
    return std::string("end");
});

const Worker look_around("look around", Rights::files, some, [](Inside&) {
    const bool empty = std::filesystem::is_empty("/");
    std::ofstream("/file") << "content";
    const bool written = std::filesystem::file_size("/file") == 7;
    const bool escaped = ::chdir("..") == 0 && ::access("../../../../etc/passwd", F_OK) == 0;
    return words({empty, written, escaped, ::getpid() == 1});
});

bool refused(long result) {
    return result < 0 && (errno == ENOSYS || errno == EPERM);
}

// Every door that an attack tried.
std::string try_doors() {
    std::string open;
    const auto door = [&](const char* name, bool closed) { open += closed ? "" : name; };
    door("socket ", refused(::socket(AF_INET, SOCK_DGRAM, 0)));
    door("ptrace ", refused(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr)));
    door("memory ", refused(::syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0)));
    door("pidfd ", refused(::syscall(SYS_pidfd_getfd, 3, 0, 0)));
    door("chroot ", refused(::chroot(".")));
    door("mount ", refused(::mount("none", "/", "tmpfs", 0, nullptr)));
    door("fsopen ", refused(::syscall(SYS_fsopen, "tmpfs", 0)));
    door("open_tree ", refused(::syscall(SYS_open_tree, AT_FDCWD, "/", 1)));
    door("unshare ", refused(::unshare(CLONE_NEWUSER)));
    door("setns ", refused(::setns(3, 0)));
    door("clone ", refused(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)));
    door("clone3 ", refused(::syscall(SYS_clone3, nullptr, 0)));
    door("io_uring ", refused(::syscall(SYS_io_uring_setup, 1, nullptr)));
    door("bpf ", refused(::syscall(SYS_bpf, 0, nullptr, 0)));
    door("keys ", refused(::syscall(SYS_keyctl, 0, 0)));
    door("setuid ", refused(::setuid(12345)));
    door("handle ", refused(::syscall(SYS_open_by_handle_at, 3, nullptr, 0)));
    door("device ", ::mknod("/null", S_IFCHR | 0666, 0x103) != 0);
    return open;
}

const Worker doors("doors", Rights::files, some, [](Inside&) { return try_doors(); });
const Worker few_doors("few doors", Rights::parse, {}, [](Inside&) {
    std::string open = try_doors();
    if (!refused(::open("/file", O_CREAT | O_WRONLY, 0600)))
        open += "open ";
    if (!refused(::execl("/program", "program", nullptr)))
        open += "exec ";
    if (!refused(::kill(1, 0)))
        open += "kill ";
    return open;
});

const Worker identity("identity", Rights::files, some, [](Inside& inside) {
    inside.say("ready"); // and what the parent sees of it
    ::usleep(300'000);
    return std::string();
});

const Worker count_descriptors("count descriptors", Rights::files, some, [](Inside&) {
    std::string open;
    for (int fd = 0; fd < 200; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0)
            open += std::to_string(fd) + " ";
    return open;
});

const Worker read_descriptor("read descriptor", Rights::parse, {}, [](Inside& inside) {
    std::string text(12, ' ');
    pread_all(inside.descriptor(0), text.data(), text.size(), 0);
    return text;
});

const Worker fail("fail", Rights::parse, {}, [](Inside&) -> std::string {
    throw Error(ErrorKind::invalid_input, "no such thing").at({"a.cil", 3, 4}).hint("mend");
});

const Worker crash("crash", Rights::parse, {}, [](Inside&) -> std::string { ::_exit(9); });
const Worker fault("fault", Rights::parse, {}, [](Inside&) -> std::string {
    ::signal(SIGSEGV, SIG_DFL);
    *static_cast<volatile int*>(nullptr) = 1; // NOLINT: what is tested
    return {};
});
const Worker sleep_long("sleep", Rights::parse, {.time = std::chrono::seconds(1)},
                        [](Inside& inside) {
                            inside.say("here");
                            inside.emit("piece");
                            ::usleep(100'000'000);
                            return std::string();
                        });
// It tries to outlive those who started it.
const Worker clinging("clinging", Rights::files, some, [](Inside& inside) {
    ::prctl(PR_SET_PDEATHSIG, 0);
    ::kill(0, SIGSTOP);
    for (int number = 1; number < 32; ++number)
        ::signal(number, SIG_IGN);
    inside.say("here");
    inside.emit("piece");
    for (std::atomic<int> i = 0;; ++i) {
    }
    return std::string();
});
const Worker spin("spin", Rights::parse, {.cpu = std::chrono::seconds(1)}, [](Inside&) {
    for (std::atomic<int> i = 0;; ++i) {
    }
    return std::string();
});
const Worker eat("eat", Rights::parse, {.memory = 256U << 20U}, [](Inside&) {
    std::vector<std::string> eaten;
    for (int i = 0; i < 64; ++i)
        eaten.emplace_back(16U << 20U, 'x');
    return std::string("full");
});
const Worker fill("fill", Rights::files, {.root = 1U << 20U}, [](Inside&) {
    const Fd fd(::open("/big", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    write_all(fd.get(), std::string(4U << 20U, 'x'));
    return std::string();
});
const Worker complain("complain", Rights::parse, {}, [](Inside&) -> std::string {
    [[maybe_unused]] const auto n = ::write(2, "libsepol: oh no\n", 16);
    throw Error(ErrorKind::failed, "it failed");
});

// What is started sees neither the worker nor its descriptors, and is alone.
const Worker start_one("start one", Rights::programs, some, [](Inside& inside) {
    const pid_t pid = ::fork();
    if (pid == 0)
        ::_exit(::getpid() == 1 && ::getppid() == 0 && ::kill(2, 0) != 0 ? 7 : 1);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return words(
        {WEXITSTATUS(status) == 7, (::fcntl(inside.descriptor(0), F_GETFD) & FD_CLOEXEC) != 0});
});

} // namespace

TEST_CASE("a sandbox returns what its work returns, whatever its size") {
    const std::string big = std::string(3U << 20U, 'x') + std::string("\n\0end", 5);
    CHECK(sandbox::run(echo, {.request = big, .descriptors = {}}) == big);
    CHECK(sandbox::run(echo, {}).empty());
}

TEST_CASE("what the work says and emits arrives in order") {
    std::vector<std::string> lines;
    std::string pieces;
    const auto result =
        sandbox::run(talk,
                     {.request = "",
                      .descriptors = {},
                      .on_line = [&](const std::string& line) { lines.push_back(line + pieces); }},
                     [&](std::string_view piece) { pieces += piece; });
    CHECK(lines == std::vector<std::string>{"one", "twoa piece"});
    CHECK(result == "end");
}

TEST_CASE("the root is empty, writable, and nothing of the host can be seen") {
    CHECK(sandbox::run(look_around, {}) == "yes yes no yes ");
}

TEST_CASE("the system calls that lead out are refused") {
    CHECK(sandbox::run(doors, {}) == "");
    CHECK(sandbox::run(few_doors, {}) == "");
}

namespace {

// The first child of process PID; empty when there is none.
std::string child_of(const std::string& pid) {
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    std::string child;
    children >> child;
    return child;
}

} // namespace

TEST_CASE("a sandbox has no new privileges, and as root is nobody on the host") {
    std::string seen;
    struct stat own = {};
    REQUIRE(::stat("/", &own) == 0);
    bool root_is_another = false;
    const auto on_line = [&](const std::string&) {
        // The supervisor is this process's child, the worker the supervisor's.
        const std::string worker = child_of(child_of(std::to_string(::getpid())));
        REQUIRE(!worker.empty());
        std::string line;
        for (std::ifstream text("/proc/" + worker + "/status"); std::getline(text, line);)
            for (const char* field : {"Uid:", "CapBnd:", "CapEff:", "NoNewPrivs:", "Seccomp:"})
                if (line.starts_with(field))
                    seen += line + "\n";
        struct stat status = {};
        root_is_another =
            ::stat(("/proc/" + worker + "/root").c_str(), &status) != 0 || // not even looked at
            status.st_dev != own.st_dev;
    };
    sandbox::run(identity, {.on_line = on_line});
    const unsigned id = ::geteuid() == 0 ? 65534 : ::geteuid();
    const std::string four = "\t" + std::to_string(id);
    CHECK(seen == "Uid:" + four + four + four + four +
                      "\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n"
                      "Seccomp:\t2\n");
    CHECK(root_is_another);
}

TEST_CASE("only the descriptors of the task are there") {
    const test::TempDir dir;
    const Fd given = open_read(dir.write("in", "from outside"));
    const int kept = ::open("/", O_RDONLY | O_DIRECTORY); // not close-on-exec
    CHECK(sandbox::run(count_descriptors, {.request = "", .descriptors = {given.get()}}) ==
          "0 1 2 3 4 ");
    CHECK(sandbox::run(read_descriptor, {.request = "", .descriptors = {given.get()}}) ==
          "from outside");
    ::close(kept);
}

TEST_CASE("an error arrives whole") {
    try {
        sandbox::run(fail, {});
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location() == Location{"a.cil", 3, 4});
        CHECK(std::string(error.what()) == "a.cil:3:4: no such thing\nmend");
    }
}

TEST_CASE("a crash, the limits and an interrupt are errors") {
    CHECK_THROWS_WITH(sandbox::run(crash, {}), ContainsSubstring("without a result"));
    CHECK_THROWS_WITH(sandbox::run(fault, {}), ContainsSubstring("crashed"));
    CHECK_THROWS_WITH(sandbox::run(sleep_long, {}), ContainsSubstring("longer than the 1"));
    CHECK_THROWS_WITH(sandbox::run(spin, {}), ContainsSubstring("of processor time"));
    const Raised raised;
    CHECK_THROWS_AS(sandbox::run(sleep_long, {.interrupt = &raised}), Error);
}

TEST_CASE("memory has a limit") {
    if (sandbox::limits_memory())
        CHECK_THROWS_WITH(sandbox::run(eat, {}), ContainsSubstring("256 MiB of memory"));
    CHECK(sandbox::run(echo, {.request = "after it", .descriptors = {}}) == "after it");
}

TEST_CASE("the tmpfs has a limit") {
    CHECK_THROWS_WITH(sandbox::run(fill, {}),
                      ContainsSubstring("File too large") || ContainsSubstring("No space left"));
}

TEST_CASE("the work's standard error explains a failure") {
    CHECK_THROWS_WITH(sandbox::run(complain, {}), ContainsSubstring("oh no"));
}

TEST_CASE("what a sandbox starts does not see it") {
    const test::TempDir dir;
    const Fd given = open_read(dir.write("in", ""));
    CHECK(sandbox::run(start_one, {.request = "", .descriptors = {given.get()}}) == "yes yes ");
}

TEST_CASE("a caller that ignores SIGCHLD changes nothing") {
    ::signal(SIGCHLD, SIG_IGN);
    CHECK(sandbox::run(echo, {.request = "here", .descriptors = {}}) == "here");
    CHECK_THROWS_WITH(sandbox::run(crash, {}), ContainsSubstring("without a result"));
    ::signal(SIGCHLD, SIG_DFL);
}

TEST_CASE("nothing is left of a sandbox that is given up, whatever it does") {
    for (const Worker* worker : {&sleep_long, &clinging}) {
        std::string pid;
        {
            sandbox::Process process(*worker, {.on_line = [&](const std::string&) {
                pid = child_of(child_of(std::to_string(::getpid())));
            }});
            process.next();
        }
        REQUIRE(!pid.empty());
        for (int i = 0; i < 100 && ::access(("/proc/" + pid).c_str(), F_OK) == 0; ++i)
            ::usleep(50'000);
        CHECK(::access(("/proc/" + pid).c_str(), F_OK) != 0);
    }
}

TEST_CASE("what a sandbox says is harmless for a terminal") {
    CHECK(sandbox::harmless("a\\x41\x1b[2Jb\r\nc\x9b \xc2\x9b e\n") ==
          "a\\x41\\x1b[2Jb\\x0d\nc\\x9b \\xc2\\x9b e\n");
    CHECK(sandbox::harmless(std::string(1U << 20U, 'x')).size() == 65536);
}

TEST_CASE("messages that make no sense are refused") {
    sandbox::Receiver receiver(1000);
    receiver.feed(std::string("X\1\0\0\0\0\0\0\0x", 10));
    CHECK_THROWS_AS(receiver.next(), Error);
    sandbox::Receiver large(1000);
    large.feed("P" + std::string(8, '\xff'));
    CHECK_THROWS_AS(large.next(), Error);
    for (const std::string& body :
         {std::string(), std::string("abc"), std::string(8, '\xff'), std::string(16, '\0')})
        CHECK_THROWS_WITH((throw sandbox::decode(body)), ContainsSubstring("no sense"));
}

TEST_CASE("what a worker emitted is said again without it") {
    sandbox::Transcript first;
    sandbox::Pieces worker(talk, {}, &first);
    CHECK(worker.next() == "a piece");
    CHECK_FALSE(worker.next());
    REQUIRE(first.text());
    sandbox::Transcript kept(*first.text());
    // A worker that was asked would fail.
    sandbox::Pieces again(crash, {}, &kept);
    CHECK(again.next() == "a piece");
    CHECK_FALSE(again.next());
}

TEST_CASE("a transcript that is long, or was given up, is not kept") {
    sandbox::Transcript transcript;
    transcript.add("some");
    transcript.add(std::string(sandbox::Transcript::most, 'x'));
    transcript.add("more");
    CHECK_FALSE(transcript.text());
    sandbox::Transcript dropped;
    dropped.drop();
    dropped.add("more");
    CHECK_FALSE(dropped.text());
}
