#include "selns/base/error.hpp"
#include "selns/process/process.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

using namespace selns;
using process::Command;

namespace {

struct Machine {
    Interrupt never;
    process::SystemRunner runner{never};
};

Command shell(const std::string& script) {
    Command command;
    command.argv = {"sh", "-c", script};
    return command;
}

// Raised from the moment on that a file exists.
class RaisedBy final : public Interrupt {
  public:
    explicit RaisedBy(std::filesystem::path file) : file_(std::move(file)) {}
    bool raised() const override { return std::filesystem::exists(file_); }

  private:
    std::filesystem::path file_;
};

} // namespace

TEST_CASE("output and the lines of standard error arrive whole") {
    Machine machine;
    Command command = shell("printf 'a\\nb'; printf 'one\\rtwo\\nlast' >&2; exit 3");
    std::string output;
    std::vector<std::string> lines;
    command.on_output = [&](std::string_view piece) { output += piece; };
    command.on_error_line = [&](std::string_view line) { lines.emplace_back(line); };
    const auto result = machine.runner.run(command);
    CHECK(output == "a\nb");
    CHECK(lines == std::vector<std::string>{"one", "two", "last"});
    CHECK(result.exit_code == 3);
    CHECK_FALSE(result.ok());
    CHECK(result.error_tail == "one\rtwo\nlast");
}

TEST_CASE("a program gets its environment, its directory and no input") {
    Machine machine;
    const test::TempDir dir;
    Command command = shell("cat; pwd; echo $SELNS_TEST");
    command.environment = {{"SELNS_TEST", "value"}};
    command.directory = dir.path();
    CHECK(process::output_of(machine.runner, command) == dir.path().string() + "\nvalue\n");
}

TEST_CASE("a missing program names its package") {
    Machine machine;
    Command command;
    command.argv = {"selns-no-such-program"};
    command.package = "some-package";
    CHECK_THROWS_WITH(machine.runner.run(command),
                      ContainsSubstring("is not installed") &&
                          ContainsSubstring("apt-get install some-package"));
}

TEST_CASE("a failure shows the program's last words") {
    Machine machine;
    CHECK_THROWS_WITH(process::output_of(machine.runner, shell("echo why >&2; exit 1")),
                      ContainsSubstring("exit status 1") && ContainsSubstring("why"));
}

TEST_CASE("a time limit, an interrupt and a callback's exception end the whole group") {
    Machine machine;
    const test::TempDir dir;
    const std::string file = (dir.path() / "alive").string();
    // The grandchild would write the file if it lived on.
    const std::string script = "(sleep 2; touch " + file + ") & sleep 30";
    SECTION("time limit") {
        Command command = shell(script);
        command.timeout = std::chrono::seconds(1);
        const auto result = machine.runner.run(command);
        CHECK(result.timed_out);
        CHECK_FALSE(result.ok());
    }
    SECTION("interrupt") {
        const RaisedBy interrupt(dir.path() / "raise");
        process::SystemRunner runner(interrupt);
        Command command = shell("touch " + (dir.path() / "raise").string() + "; " + script);
        CHECK_THROWS_AS(runner.run(command), Error);
    }
    SECTION("exception") {
        Command command = shell("echo x; " + script);
        command.on_output = [](std::string_view) { throw std::runtime_error("enough"); };
        CHECK_THROWS_WITH(machine.runner.run(command), "enough");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("a program that is killed counts as failed") {
    Machine machine;
    CHECK(machine.runner.run(shell("kill -9 $$")).exit_code == 137);
}

TEST_CASE("a command is displayed as it would be typed") {
    CHECK(process::display({"a", "b c", "it's", ""}) == "a 'b c' 'it'\\''s' ''");
}

TEST_CASE("what a program started ends with it, whoever obeys") {
    const test::TempDir dir;
    const RaisedBy interrupt(dir.path() / "started");
    process::SystemRunner runner(interrupt);
    dir.write("child", "trap '' TERM; echo $$ > pid; touch started; while :; do sleep 0.1; done");
    Command command;
    SECTION("it ignores the request, and its child has left the process group") {
        command = shell("trap '' TERM; setsid sh child & while :; do sleep 0.1; done");
        command.grace = std::chrono::milliseconds(0);
    }
    SECTION("it obeys, and its child has left the process group") {
        command = shell("setsid sh child & sleep 100");
    }
    SECTION("it obeys, and its child ignores the request") {
        command = shell("sh child & sleep 100");
    }
    command.directory = dir.path();
    CHECK_THROWS_AS(runner.run(command), Error);
    const pid_t pid = std::stoi(test::read_text(dir.path() / "pid"));
    bool gone = false;
    for (int i = 0; i < 100 && !gone; ++i) {
        gone = ::kill(pid, 0) != 0 && errno == ESRCH;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    CHECK(gone);
}

TEST_CASE("a program whose end nobody can tell has not succeeded") {
    Machine machine;
    ::signal(SIGCHLD, SIG_IGN);
    CHECK_THROWS_WITH(machine.runner.run(shell("exit 1")), ContainsSubstring("cannot tell how sh"));
    ::signal(SIGCHLD, SIG_DFL);
}

TEST_CASE("a program ignores no signal and has a usual umask, whatever the caller's") {
    Machine machine;
    const mode_t mask = ::umask(077);
    ::signal(SIGUSR1, SIG_IGN);
    std::string output;
    Command command = shell("umask; kill -USR1 $$; echo ignored");
    command.on_output = [&](std::string_view piece) { output += piece; };
    CHECK(machine.runner.run(command).exit_code == 128 + SIGUSR1);
    CHECK(output == "0022\n");
    ::signal(SIGUSR1, SIG_DFL);
    ::umask(mask);
}
