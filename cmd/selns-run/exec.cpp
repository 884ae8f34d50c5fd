#include "selns-run/exec.hpp"

#include "selns-run/confine.hpp"
#include "selns-run/mounts.hpp"
#include "selns-run/policy.hpp"
#include "selns-run/registry.hpp"
#include "selns-run/relay.hpp"
#include "selns-run/socket.hpp"
#include "selns-run/streams.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <optional>

namespace selns::run {

// A request is one message: which streams are terminals ('0' to '7'), the context, TERM and the
// words of the command, each ended by a NUL. Answers: 'm' with the other ends of the command's
// streams, 's' and its status, 'e' and an error with its hint. The client may send 'k' and a
// signal's number.

namespace {

constexpr std::size_t most_words = 4096;
constexpr std::initializer_list<int> handed_on = {SIGINT,  SIGTERM, SIGHUP,
                                                  SIGQUIT, SIGUSR1, SIGUSR2};

struct Request {
    unsigned terminals = 0;
    Command command;
};

Request parse_request(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size() && words.size() <= most_words;) {
        const std::size_t end = std::min(text.size(), text.find('\0', at));
        words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    if (words.size() < 4 || words.size() > most_words || words[0].size() != 1 ||
        words[0][0] < '0' || words[0][0] > '7')
        throw refusal("the request is malformed");
    const auto terminals = static_cast<unsigned>(words[0][0] - '0');
    return {terminals,
            {{words.begin() + 3, words.end()}, words[1], words[2], first_terminal(terminals)}};
}

// In the process of the request, which is not in the container yet.
class Session {
  public:
    Session(Kernel& kernel, const ExecService& service, int connection)
        : kernel_(kernel), service_(service), connection_(connection) {}

    void run() {
        const Request request = parse_request(receive(connection_, most_request).data);
        const bool selinux = service_.selinuxfs >= 0;
        if (!selinux && !request.command.context.empty())
            throw refusal("this container makes no use of SELinux: it has no contexts");
        const bool terminal = request.terminals != 0;
        Streams streams =
            make_streams(kernel_, {service_.devpts, service_.init_context, service_.procfs},
                         request.terminals, terminal);
        if (selinux && terminal)
            label_terminal(streams.inner.terminal.get(), request.command);
        must(kernel_.send(connection_, "m", streams.outer.descriptors()), "send the streams");
        streams.outer = {};
        const Kernel::Process parent = kernel_.spawn(
            -1, [&] { start(request.command, streams.inner); }, [&] { return wait_for(command_); });
        streams.inner = {}; // or a pipe's other end would not be missed
        follow(parent);
    }

  private:
    // As a login does it for its shell. Where that is denied, the terminal keeps its type.
    void label_terminal(int terminal, const Command& command) {
        const std::string path = find_program(kernel_, service_.root, command.words[0]);
        const Handle program(kernel_,
                             open_below(kernel_, service_.root, path, O_RDONLY | O_NONBLOCK));
        const std::string context =
            terminal_context(kernel_, service_.selinuxfs, terminal, program.get(),
                             service_.init_context, command.context, service_.terminals);
        if (!context.empty())
            kernel_.fsetxattr(terminal, "security.selinux", context);
    }

    // In the process between this one and the command. In the container, others can look into a
    // process or take it over until it executes something: the command begins as a copy of one that
    // has nothing which they have not, the connection least of all.
    void start(const Command& command, const InnerStreams& streams) {
        set_streams(kernel_, streams);
        must(kernel_.setns(service_.pid_namespace, CLONE_NEWPID), "enter the pid namespace");
        must(kernel_.close_others({service_.root}), "close the host's files");
        signals_.emplace(handed_on);
        const auto setup = [&] {
            execute_command(kernel_, service_.root, command, service_.selinuxfs >= 0,
                            service_.init_context);
        };
        command_ = kernel_.spawn(-1, setup, [] { return 125; });
        ::close_range(0, 2, 0);
    }

    // Hands its own signals on.
    int wait_for(const Kernel::Process& command) {
        pollfd events[] = {{command.pidfd, POLLIN, 0}, {signals_->fd(), POLLIN, 0}};
        while (events[0].revents == 0) {
            if (::poll(events, 2, -1) < 0 && errno != EINTR)
                throw failure("wait for the command", -errno);
            for (const int signal : signals_->take())
                kernel_.send_signal(command.pidfd, signal);
        }
        int status = 0;
        ::waitpid(command.pid, &status, 0);
        return status_of(status);
    }

    // Hands signals on until the command's parent ends. It hangs up when the client has gone.
    void follow(const Kernel::Process& parent) {
        const auto signal = [&](int number) {
            if (std::ranges::find(handed_on, number) != std::end(handed_on))
                kernel_.send_signal(parent.pidfd, number);
        };
        pollfd events[] = {{parent.pidfd, POLLIN, 0}, {connection_, POLLIN, 0}};
        for (;;) {
            if (::poll(events, 2, -1) < 0 && errno != EINTR)
                throw failure("wait for the command", -errno);
            if (events[0].revents != 0)
                break;
            if (events[1].revents == 0)
                continue;
            const Message message = receive(connection_, 16);
            if (message.data.empty()) {
                events[1].fd = -1;
                signal(SIGHUP);
            } else if (message.data[0] == 'k') {
                signal(std::atoi(message.data.c_str() + 1));
            }
        }
        int status = 0;
        ::waitpid(parent.pid, &status, 0);
        kernel_.send(connection_, "s" + std::to_string(status_of(status)), {});
    }

    Kernel& kernel_;
    const ExecService& service_;
    int connection_;
    // Of the process between:
    std::optional<SignalReader> signals_;
    Kernel::Process command_;
};

[[noreturn]] void run_session(Kernel& kernel, const ExecService& service, int connection) {
    try {
        Session(kernel, service, connection).run();
    } catch (const Error& error) {
        kernel.send(connection, "e" + text_of(error), {});
    } catch (const std::exception& error) {
        kernel.send(connection, std::string("e") + error.what(), {});
    }
    ::_exit(0);
}

void accept_request(Kernel& kernel, const ExecService& service) {
    const Handle connection(kernel, ::accept4(service.listener, nullptr, nullptr, SOCK_CLOEXEC));
    ucred peer{};
    socklen_t size = sizeof peer;
    if (!connection || ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        peer.uid != 0)
        return;
    if (::fork() == 0)
        run_session(kernel, service, connection.get());
}

} // namespace

void reset_signals() {
    for (int signal = 1; signal < NSIG; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

int status_of(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

std::string find_program(Kernel& kernel, int root, const std::string& program) {
    const auto look = [&](const std::string& path) -> long {
        struct stat status {};
        const Handle file(kernel, open_regular(kernel, root, path, O_PATH, 0, status));
        return !file ? file.get() : (status.st_mode & 0111U) != 0 ? 0 : -EACCES;
    };
    long result = -ENOENT;
    if (program.find('/') != std::string::npos) {
        const std::string path = program.front() == '/' ? program : "/" + program;
        result = look(path);
        if (result == 0)
            return path;
    } else {
        for (const char* directory : {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/",
                                      "/usr/bin/", "/sbin/", "/bin/"}) {
            const long found = look(directory + program);
            if (found == 0)
                return directory + program;
            if (found != -ENOENT)
                result = found;
        }
    }
    throw failure("execute " + printable(program) + " of the container", result);
}

void execute(Kernel& kernel, int root, const std::vector<std::string>& command,
             const std::vector<std::string>& environment) {
    const std::string program = find_program(kernel, root, command.at(0));
    must(kernel.execve(program, command, environment),
         "execute " + printable(program) + " of the container");
}

void execute_command(Kernel& kernel, int root, const Command& command, bool selinux,
                     const std::string& init_context) {
    reset_signals();
    must(kernel.setsid(), "start a session");
    if (command.terminal_stream >= 0)
        must(kernel.ioctl(command.terminal_stream, TIOCSCTTY, 0UL),
             "make the console the terminal");
    if (selinux)
        choose_context(kernel, init_context, command.context);
    execute(kernel, root, command.words, container_environment(command.terminal));
}

void choose_context(Kernel& kernel, const std::string& init, const std::string& next) {
    if (init.empty() && next.empty())
        throw refusal("the image has no init, in whose domain a command could begin",
                      "--context gives the command one");
    if (!init.empty())
        go_to_domain(kernel, init);
    if (!next.empty())
        must(set_context(kernel, ContextOf::next_program, next),
             "execute in the context " + printable(next), "the image's policy has to know it");
}

int serve_exec(Kernel& kernel, const ExecService& service, const Kernel::Process& first) {
    SignalReader signals({SIGCHLD, SIGTERM});
    pollfd events[] = {{signals.fd(), POLLIN, 0}, {service.listener, POLLIN, 0}};
    for (;;) {
        int status = 0;
        for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
            if (pid == first.pid)
                return status_of(status);
        if (::poll(events, 2, -1) < 0)
            continue;
        for (const int signal : signals.take())
            if (signal == SIGTERM) // the launcher was killed: nobody else would end the container
                ::syscall(SYS_pidfd_send_signal, first.pidfd, SIGKILL, nullptr, 0);
        if (events[1].revents != 0)
            accept_request(kernel, service);
    }
}

int request_exec(Kernel& kernel, const ExecRequest& request) {
    running_container(kernel, request.name);
    const Handle connection = connect_to(kernel, registry + "/" + request.name + "/exec");
    const unsigned terminals = terminals_here();
    const char* term = std::getenv("TERM");
    std::string text = std::to_string(terminals) + '\0' + request.context + '\0' +
                       (term == nullptr ? "" : term) + '\0';
    for (const std::string& word : request.command)
        text += word + '\0';
    if (text.size() > most_request)
        throw refusal("the command is too long");
    must(kernel.send(connection.get(), text, {}), "send the command");

    StreamRelay relay;
    bool started = false;
    SignalReader signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH});
    for (;;) {
        std::vector<pollfd> events = {{connection.get(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
        relay.add(events);
        ::poll(events.data(), events.size(), relay.timeout());
        relay.step(events, 2);
        if (events[1].revents != 0)
            for (const int signal : signals.take()) {
                if (signal == SIGWINCH)
                    relay.resize();
                else
                    kernel.send(connection.get(), "k" + std::to_string(signal), {});
            }
        if (events[0].revents == 0)
            continue;
        Message message = receive(connection.get(), 8192);
        if (message.data.empty()) {
            relay.finish(signals, 90'000);
            throw refusal("the container has ended");
        }
        const std::string rest = message.data.substr(1);
        if (message.data[0] == 'm' && !started) {
            relay.start(OuterStreams::received(std::move(message.fds), terminals, terminals != 0),
                        terminals);
            started = true;
        } else if (message.data[0] == 's') {
            relay.finish(signals, 90'000);
            relay.check();
            return std::atoi(rest.c_str());
        } else if (message.data[0] == 'e') {
            const Error error = error_of(rest);
            throw refusal(printable(error.message()), printable(error.hint()));
        }
    }
}

} // namespace selns::run
