#include "selns/sandbox/sandbox.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/sandbox/channel.hpp"
#include "selns/sandbox/namespaces.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>

namespace selns::sandbox {

namespace {

using Clock = std::chrono::steady_clock;
using Work = std::function<std::string(const Say&)>;

void die_with(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // In a new pid namespace the parent shows as 0.
    if (const pid_t now = ::getppid(); now != parent && now != 0)
        ::_exit(1);
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

// Standard streams lead nowhere but to the parent: libsepol prints on standard error.
void redirect_streams(int errors) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(errors, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
}

void perform(const Options& options, const Work& work, int channel) {
    const rlimit no_core = {0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    enter_empty_root(options.size);
    send(channel, MessageKind::result,
         work([channel](const std::string& line) { send(channel, MessageKind::line, line); }));
}

// Runs BODY, sends what it throws, and ends the process.
template <typename Body>
[[noreturn]] void end_with(int channel, const Body& body) {
    int status = 1;
    try {
        body();
        status = 0;
    } catch (const Error& error) {
        send(channel, MessageKind::error, encode(error));
    } catch (const std::exception& error) {
        send(channel, MessageKind::error, encode(Error(ErrorKind::failed, error.what())));
    }
    ::_exit(status);
}

// The first child makes the namespaces; its own child is process 1 in them and does the work.
[[noreturn]] void child_main(const Options& options, const Work& work, int channel, int errors,
                             pid_t parent) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        ::signal(number, SIG_IGN); // the parent decides
    die_with(parent);
    redirect_streams(errors);
    end_with(channel, [&] {
        unshare_namespaces();
        const pid_t self = ::getpid();
        const pid_t pid = ::fork();
        if (pid < 0)
            throw system_error("cannot start the sandbox", errno);
        if (pid == 0) {
            die_with(self);
            end_with(channel, [&] { perform(options, work, channel); });
        }
        if (const int status = wait_for(pid); WIFSIGNALED(status))
            throw Error(ErrorKind::failed,
                        std::string("the sandbox crashed: ") + ::strsignal(WTERMSIG(status)));
    });
}

class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::kill(pid_, SIGKILL);
        wait_for(pid_);
    }

  private:
    pid_t pid_;
};

// What the child said until it closed its ends.
struct Conversation {
    std::optional<std::string> result;
    std::optional<Error> error;
    std::string standard_error;
};

Conversation listen(const Options& options, const Interrupt& interrupt, int channel, int errors) {
    Conversation said;
    Receiver receiver;
    std::string buffer(65536, '\0');
    const auto deadline = Clock::now() + options.timeout;
    bool channel_open = true;
    bool errors_open = true;
    while (channel_open || errors_open) {
        std::array<pollfd, 3> fds{{{channel_open ? channel : -1, POLLIN, 0},
                                   {errors_open ? errors : -1, POLLIN, 0},
                                   {interrupt.fd(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), 200);
        interrupt.check();
        if (Clock::now() > deadline)
            throw Error(ErrorKind::failed,
                        "the sandbox took longer than " + human_time(options.timeout));
        const auto drain = [&buffer](const pollfd& from) -> std::string_view {
            const ssize_t got = ::read(from.fd, buffer.data(), buffer.size());
            return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
        };
        if (fds[0].revents != 0) {
            const auto data = drain(fds[0]);
            channel_open = !data.empty();
            receiver.feed(data);
        }
        if (fds[1].revents != 0) {
            const auto data = drain(fds[1]);
            errors_open = !data.empty();
            if (said.standard_error.size() < 65536)
                said.standard_error.append(data);
        }
        while (auto message = receiver.next()) {
            if (message->kind == MessageKind::line && options.on_line)
                options.on_line(message->body);
            else if (message->kind == MessageKind::result)
                said.result = std::move(message->body);
            else if (message->kind == MessageKind::error && !said.error)
                said.error = decode(message->body);
        }
    }
    return said;
}

} // namespace

std::string run(const Options& options, const Interrupt& interrupt, const Work& work) {
    Pipe channel = make_pipe();
    Pipe errors = make_pipe();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        throw system_error("cannot start the sandbox", errno);
    if (pid == 0)
        child_main(options, work, channel.write.get(), errors.write.get(), parent);
    const Child child(pid);
    channel.write.reset();
    errors.write.reset();
    Conversation said = listen(options, interrupt, channel.read.get(), errors.read.get());
    if (said.error) {
        if (said.error->hint().empty() && !trim(said.standard_error).empty())
            said.error->hint(printable(trim(said.standard_error)));
        throw *said.error;
    }
    if (!said.result)
        throw Error(ErrorKind::failed, "the sandbox ended without a result")
            .hint(printable(trim(said.standard_error)));
    return std::move(*said.result);
}

} // namespace selns::sandbox
