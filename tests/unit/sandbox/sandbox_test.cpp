#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/sandbox/sandbox.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace selns;

namespace {

std::string run(const std::function<std::string(const sandbox::Say&)>& work,
                sandbox::Options options = {}) {
    const Interrupt never;
    return sandbox::run(options, never, work);
}

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

} // namespace

TEST_CASE("a sandbox returns what its work returns, whatever its size") {
    const std::string big(3 << 20, 'x');
    CHECK(run([&](const sandbox::Say&) { return big + "\n\0end"; }) == big + "\n\0end");
}

TEST_CASE("what the work says arrives in order") {
    std::vector<std::string> lines;
    sandbox::Options options;
    options.on_line = [&](const std::string& line) { lines.push_back(line); };
    run(
        [](const sandbox::Say& say) {
            say("one");
            say("two");
            return std::string();
        },
        options);
    CHECK(lines == std::vector<std::string>{"one", "two"});
}

TEST_CASE("the root is empty, writable, and nothing of the host can be seen or done") {
    const auto result = run([](const sandbox::Say&) {
        const bool empty = std::filesystem::is_empty("/");
        std::ofstream("/file") << "content";
        const bool written = std::filesystem::file_size("/file") == 7;
        const bool escaped = ::chdir("..") == 0 && ::access("../../../../etc/passwd", F_OK) == 0;
        const bool chroots = ::chroot(".") == 0;
        const bool mounts = ::mount("none", "/", "tmpfs", 0, nullptr) == 0;
        const bool devices = ::mknod("/null", S_IFCHR | 0666, 0x103) == 0;
        return words(
            {empty, written, escaped, chroots, mounts, devices, ::getuid() == 0, ::getpid() == 1});
    });
    CHECK(result == "yes yes no no no no yes yes ");
}

TEST_CASE("there is no network") {
    const auto result = run([](const sandbox::Say&) {
        const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
        sockaddr address = {};
        address.sa_family = AF_INET;
        return words({fd >= 0 && ::connect(fd, &address, sizeof address) == 0});
    });
    CHECK(result == "no ");
}

TEST_CASE("open descriptors stay readable") {
    const test::TempDir dir;
    const Fd fd = open_read(dir.write("in", "from outside"));
    CHECK(run([&](const sandbox::Say&) {
              std::string text(12, ' ');
              pread_all(fd.get(), text.data(), text.size(), 0);
              return text;
          }) == "from outside");
}

TEST_CASE("an error arrives whole") {
    try {
        run([](const sandbox::Say&) -> std::string {
            throw Error(ErrorKind::invalid_input, "no such thing").at({"a.cil", 3, 4}).hint("mend");
        });
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location() == Location{"a.cil", 3, 4});
        CHECK(std::string(error.what()) == "a.cil:3:4: no such thing\nmend");
    }
}

TEST_CASE("a crash, a time limit and an interrupt are errors") {
    CHECK_THROWS_WITH(run([](const sandbox::Say&) -> std::string {
                          ::signal(SIGABRT, SIG_DFL);
                          ::kill(::getpid(), SIGKILL); // ignored: process 1 of its namespace
                          ::_exit(9);
                      }),
                      ContainsSubstring("without a result"));
    sandbox::Options options;
    options.timeout = std::chrono::seconds(1);
    CHECK_THROWS_WITH(run(
                          [](const sandbox::Say&) {
                              ::pause();
                              return std::string();
                          },
                          options),
                      ContainsSubstring("longer than"));
    const Raised raised;
    CHECK_THROWS_AS(sandbox::run({}, raised,
                                 [](const sandbox::Say&) {
                                     ::pause();
                                     return std::string();
                                 }),
                    Error);
}

TEST_CASE("the tmpfs has a limit") {
    sandbox::Options options;
    options.size = 1U << 20U;
    CHECK_THROWS_WITH(run(
                          [](const sandbox::Say&) {
                              const Fd fd(::open("/big", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
                              write_all(fd.get(), std::string(4 << 20, 'x'));
                              return std::string();
                          },
                          options),
                      ContainsSubstring("No space left"));
}

TEST_CASE("the work's standard error explains a failure") {
    CHECK_THROWS_WITH(run([](const sandbox::Say&) -> std::string {
                          [[maybe_unused]] const auto n = ::write(2, "libsepol: oh no\n", 16);
                          throw Error(ErrorKind::failed, "it failed");
                      }),
                      ContainsSubstring("oh no"));
}
