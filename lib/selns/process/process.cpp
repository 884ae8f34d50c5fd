#include "selns/process/process.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/signals.hpp"
#include "selns/base/text.hpp"
#include "selns/process/descendants.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

extern char** environ;

namespace selns::process {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t tail_limit = 16384;
constexpr std::size_t line_limit = 65536;

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& text : strings)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& changes) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!changes.contains(text.substr(0, text.find('='))))
            result.push_back(text);
    }
    for (const auto& [name, value] : changes)
        result.push_back(name + "=" + value);
    return result;
}

// Cuts standard error into lines and keeps its tail.
class LineSplitter {
  public:
    LineSplitter(const std::function<void(std::string_view)>& sink, std::string& tail)
        : sink_(sink), tail_(tail) {}

    void feed(std::string_view data) {
        tail_.append(data);
        if (tail_.size() > 2 * tail_limit)
            tail_.erase(0, tail_.size() - tail_limit);
        for (const char c : data) {
            // Tools that redraw a line end it with a carriage return.
            if (c == '\n' || c == '\r' || partial_.size() >= line_limit)
                flush();
            if (c != '\n' && c != '\r')
                partial_ += c;
        }
    }
    void flush() {
        if (!partial_.empty() && sink_)
            sink_(partial_);
        partial_.clear();
    }

  private:
    const std::function<void(std::string_view)>& sink_;
    std::string& tail_;
    std::string partial_;
};

// A started program with its process group; ends it with all that it started when left.
class Child {
  public:
    // GROUP: it leads a process group of its own.
    Child(pid_t pid, bool group, std::chrono::milliseconds grace)
        : pid_(pid), target_(group ? -pid : pid), grace_(grace) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (!ended_)
            terminate();
    }

    bool try_wait() {
        wait_with(WNOHANG);
        return ended_;
    }
    void wait() { wait_with(0); }
    // Asks its group first, so that it can clean up after itself; then insists. What is started in
    // another session meanwhile is not found when the program itself obeys.
    void terminate() {
        const Descendants others(pid_);
        ::kill(target_, SIGTERM);
        const auto deadline = Clock::now() + grace_;
        while (!has_ended() && Clock::now() < deadline)
            ::usleep(20000);
        if (has_ended())
            others.wait(deadline);
        else
            kill_with_descendants(pid_);
        others.kill();
        if (ended_)
            return;               // somebody else took its status, and the number may be another's
        ::kill(target_, SIGKILL); // not waited for yet, so that the number is still its own
        wait();
    }
    // Nothing when somebody else took its status, so that nobody knows how it ended.
    std::optional<int> exit_code() const {
        if (!status_)
            return std::nullopt;
        return WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
    }

  private:
    bool has_ended() {
        siginfo_t info = {};
        ended_ = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0;
        return ended_ || info.si_pid != 0;
    }
    void wait_with(int options) {
        int status = 0;
        pid_t got = 0;
        while (!ended_ && (got = ::waitpid(pid_, &status, options)) < 0 && errno == EINTR) {
        }
        if (ended_ || got == 0)
            return;
        ended_ = true;
        if (got == pid_)
            status_ = status;
    }

    pid_t pid_;
    pid_t target_; // of signals
    std::chrono::milliseconds grace_;
    std::optional<int> status_;
    bool ended_ = false;
};

std::vector<std::string> search_path() {
    const char* path = std::getenv("PATH");
    std::vector<std::string> result;
    for (const std::string_view part : split(path != nullptr ? path : "/usr/bin:/bin", ':'))
        if (!part.empty())
            result.emplace_back(part);
    // An ordinary user's PATH lacks these on Debian, and mke2fs lives there.
    for (const char* directory : {"/usr/sbin", "/sbin"})
        result.emplace_back(directory);
    return result;
}

// Made before the fork: other threads may hold locks that the child would wait for, so it calls
// nothing that allocates.
struct Arguments {
    explicit Arguments(const Command& command)
        : argv_text(command.argv), environment_text(merged_environment(command.environment)),
          argv(pointers(argv_text)), environment(pointers(environment_text)) {}
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;

    std::vector<std::string> argv_text;
    std::vector<std::string> environment_text;
    std::vector<char*> argv;
    std::vector<char*> environment;
};

[[noreturn]] void exec_child(const Command& command, const Arguments& arguments,
                             const char* program, int out, int err, int failure, pid_t parent) {
    if (!command.interactive)
        ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // Into a pid namespace of its own, the parent shows as 0.
    if (const pid_t now = ::getppid(); now != parent && now != 0)
        ::_exit(127);
    if (!command.interactive) {
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        ::dup2(null, STDIN_FILENO);
        ::dup2(out >= 0 ? out : null, STDOUT_FILENO);
        ::dup2(err, STDERR_FILENO);
    }
    // What it makes must not depend on the caller's.
    ::umask(022);
    reset_signals();
    if (!command.directory || ::chdir(command.directory->c_str()) == 0)
        ::execve(program, arguments.argv.data(), arguments.environment.data());
    const int errnum = errno;
    [[maybe_unused]] const ssize_t written = ::write(failure, &errnum, sizeof errnum);
    ::_exit(127);
}

// Reads both pipes until they end; throws on an interrupt. False when it is to end before.
bool pump(const Command& command, Pipe& out, Pipe& err, LineSplitter& lines,
          const Interrupt& interrupt, Child& child) {
    const auto deadline = Clock::now() + command.timeout;
    std::string buffer(65536, '\0');
    bool out_open = static_cast<bool>(out.read);
    bool err_open = true;
    while (out_open || err_open) {
        std::array<pollfd, 3> fds{{{out_open ? out.read.get() : -1, POLLIN, 0},
                                   {err_open ? err.read.get() : -1, POLLIN, 0},
                                   {interrupt.fd(), POLLIN, 0}}};
        const int ready = ::poll(fds.data(), fds.size(), command.on_tick ? 50 : 200);
        interrupt.check();
        if (command.on_tick && !command.on_tick())
            return false;
        if (command.timeout.count() > 0 && Clock::now() > deadline)
            return false;
        if (ready <= 0) {
            // A daemon that the program left behind may hold the pipes open for ever.
            if (ready == 0 && child.try_wait())
                return true;
            continue;
        }
        const auto drain = [&](const pollfd& from) -> std::string_view {
            const ssize_t got = ::read(from.fd, buffer.data(), buffer.size());
            return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
        };
        if (fds[0].revents != 0) {
            const auto data = drain(fds[0]);
            out_open = !data.empty();
            if (out_open)
                command.on_output(data);
        }
        if (fds[1].revents != 0) {
            const auto data = drain(fds[1]);
            err_open = !data.empty();
            lines.feed(data);
        }
    }
    return true;
}

Error not_installed(const Command& command) {
    Error error(ErrorKind::tool_failed, command.argv[0] + " is not installed");
    if (!command.package.empty())
        error.hint("apt-get install " + command.package);
    return error;
}

} // namespace

std::optional<std::filesystem::path> SystemRunner::find(const std::string& program) const {
    if (program.find('/') != std::string::npos) {
        if (::access(program.c_str(), X_OK) == 0)
            return program;
        return std::nullopt;
    }
    for (const std::string& directory : search_path()) {
        const std::string candidate = directory + "/" + program;
        if (::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return std::nullopt;
}

Result SystemRunner::run(const Command& command) {
    const auto program = find(command.argv.at(0));
    if (!program)
        throw not_installed(command);
    Pipe out = command.on_output ? make_pipe() : Pipe{};
    Pipe err = make_pipe();
    Pipe failure = make_pipe();
    const Arguments arguments(command);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        throw system_error("cannot start " + command.argv[0], errno);
    if (pid == 0)
        exec_child(command, arguments, program->c_str(), out.write.get(), err.write.get(),
                   failure.write.get(), parent);
    if (!command.interactive)
        ::setpgid(pid, pid);
    Child child(pid, !command.interactive, command.grace);
    out.write.reset();
    err.write.reset();
    failure.write.reset();

    int errnum = 0;
    if (::read(failure.read.get(), &errnum, sizeof errnum) == sizeof errnum) {
        child.wait();
        throw system_error("cannot run " + command.argv[0], errnum);
    }
    Result result;
    LineSplitter lines(command.on_error_line, result.error_tail);
    // An interactive program has the terminal's signals for itself.
    if (command.interactive || pump(command, out, err, lines, interrupt_, child)) {
        child.wait();
    } else {
        result.timed_out = true;
        child.terminate();
    }
    lines.flush();
    if (result.error_tail.size() > tail_limit)
        result.error_tail.erase(0, result.error_tail.size() - tail_limit);
    const auto code = child.exit_code();
    if (!code)
        throw Error(ErrorKind::failed, "cannot tell how " + command.argv[0] + " ended")
            .hint("something in this process took its exit status");
    result.exit_code = *code;
    return result;
}

std::string output_of(Runner& runner, Command command) {
    std::string output;
    command.on_output = [&output](std::string_view data) { output.append(data); };
    const Result result = runner.run(command);
    if (!result.ok())
        throw Error(ErrorKind::tool_failed, command.argv[0] + " failed (exit status " +
                                                std::to_string(result.exit_code) + ")")
            .hint(printable(trim(result.error_tail)));
    return output;
}

std::string display(const std::vector<std::string>& argv) {
    std::string line;
    for (const std::string& word : argv) {
        line += line.empty() ? "" : " ";
        const bool plain =
            !word.empty() &&
            word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789@%+=:,./_-") == std::string::npos;
        if (plain) {
            line += word;
            continue;
        }
        line += '\'';
        for (const char c : word)
            line += c == '\'' ? std::string("'\\''") : std::string(1, c);
        line += '\'';
    }
    return line;
}

} // namespace selns::process
