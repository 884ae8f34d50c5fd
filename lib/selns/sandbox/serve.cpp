#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/sandbox/arguments.hpp"
#include "selns/sandbox/channel.hpp"
#include "selns/sandbox/confine.hpp"
#include "selns/sandbox/worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace selns::sandbox {

namespace {

std::vector<const Worker*>& workers() {
    static std::vector<const Worker*> all;
    return all;
}

const Worker* find(std::string_view name) {
    for (const Worker* worker : workers())
        if (worker->name == name)
            return worker;
    return nullptr;
}

std::string read_request() {
    std::string request;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0)
            throw system_error("cannot read the sandbox's request", errno);
        if (got == 0)
            return request;
        request.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

class Visible final : public Inside {
  public:
    explicit Visible(std::string request) : request_(std::move(request)) {}
    const std::string& request() const override { return request_; }
    int descriptor(std::size_t place) const override {
        return first_descriptor + static_cast<int>(place);
    }
    void say(const std::string& line) override { send(channel_fd, MessageKind::line, line); }
    void emit(std::string_view piece) override { send(channel_fd, MessageKind::piece, piece); }

  private:
    std::string request_;
};

Error out_of_memory(const Worker& worker) {
    return Error(ErrorKind::invalid_input, "it needs more than the " +
                                               human_size(worker.limits.memory) +
                                               " of memory that may be used for it");
}

// Runs BODY, sends what it throws, and ends the process.
template <typename Body>
[[noreturn]] void end_with(const Worker& worker, const Body& body) {
    int status = 1;
    try {
        body();
        status = 0;
    } catch (const Error& error) {
        send(channel_fd, MessageKind::error, encode(error));
    } catch (const std::bad_alloc&) {
        send(channel_fd, MessageKind::error, encode(out_of_memory(worker)));
    } catch (const std::exception& error) {
        send(channel_fd, MessageKind::error, encode(Error(ErrorKind::failed, error.what())));
    }
    ::_exit(status);
}

[[noreturn]] void refuse(const std::vector<std::string>& missing) {
    throw Error(ErrorKind::failed,
                "this machine refuses a part of the sandbox: " + join(missing, ", "))
        .hint("files of others are only read behind all of its protection; run where the kernel "
              "allows it (in a container, allow user namespaces), or accept less with "
              "SELNS_SANDBOX=weak in the environment");
}

[[noreturn]] void work(const Worker& worker, Namespaces& namespaces, bool weak) {
    end_with(worker, [&] {
        Visible inside(read_request());
        namespaces.enter(worker);
        if (!weak && !namespaces.missing().empty())
            refuse(namespaces.missing());
        give_up_rights(worker);
        send(channel_fd, MessageKind::result, worker.work(inside));
    });
}

// Waits for the end of PID; ends it when nobody listens any more.
int wait_for(pid_t pid, rusage& used) {
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process)
        throw system_error("cannot watch the sandbox", errno);
    std::array<pollfd, 2> fds = {{{process.get(), POLLIN, 0}, {channel_fd, 0, 0}}};
    while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
    }
    if ((fds[1].revents & POLLERR) != 0)
        ::kill(pid, SIGKILL);
    int status = 0;
    while (::wait4(pid, &status, 0, &used) < 0)
        if (errno != EINTR)
            throw system_error("cannot wait for the sandbox", errno);
    return status;
}

std::chrono::microseconds processor_time(const rusage& used) {
    const auto of = [](const timeval& time) {
        return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

// What ended a worker that could not say so itself.
void explain_end(const Worker& worker, int status, const rusage& used) {
    const bool much_memory =
        static_cast<std::uint64_t>(used.ru_maxrss) * 1024 >= worker.limits.memory / 4 * 3;
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || !much_memory))
        return; // it has said what there is to say, or libsepol has on standard error
    // The kernel counts for the limit in another, coarser way.
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
        2 * processor_time(used) >= worker.limits.cpu)
        throw Error(ErrorKind::invalid_input, "it needs more than the " +
                                                  human_time(worker.limits.cpu) +
                                                  " of processor time that may be used for it");
    if (much_memory)
        throw out_of_memory(worker);
    if (WIFSIGNALED(status))
        throw Error(ErrorKind::failed,
                    std::string("the sandbox crashed: ") + ::strsignal(WTERMSIG(status)));
}

[[noreturn]] void supervise(const Worker& worker, bool weak, int last_descriptor) {
    end_with(worker, [&] {
        Namespaces namespaces;
        if (namespaces.pid() == 0)
            work(worker, namespaces, weak);
        for (int fd = first_descriptor; fd <= last_descriptor; ++fd)
            ::close(fd); // they are the worker's
        namespaces.let_go();
        rusage used = {};
        const int status = wait_for(namespaces.pid(), used);
        explain_end(worker, status, used);
    });
}

} // namespace

Worker::Worker(const char* worker_name, Rights worker_rights, Limits worker_limits, Work function)
    : name(worker_name), rights(worker_rights), limits(worker_limits), work(function) {
    workers().push_back(this);
}

std::optional<int> serve(int argc, char** argv) {
    if (argc != 3 || argv[0] != std::string_view(sandbox_name))
        return std::nullopt;
    const Worker* worker = find(argv[1]);
    if (worker == nullptr)
        return 2;
    // What is started in it gets none of them.
    int last = channel_fd;
    while (::fcntl(last, F_SETFD, FD_CLOEXEC) == 0)
        ++last;
    supervise(*worker, argv[2] == std::string_view(weak_word), last - 1);
}

} // namespace selns::sandbox
