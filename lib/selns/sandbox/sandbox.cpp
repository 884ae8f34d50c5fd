#include "selns/sandbox/sandbox.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/sandbox/arguments.hpp"
#include "selns/sandbox/channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace selns::sandbox {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_said = 65536; // bytes of standard error that are kept
constexpr std::size_t buffer_size = 1U << 20U;

constexpr const char* inside_mark = "SELNS_INSIDE"; // in a sandbox's environment

bool weak_accepted = false;

// Above every number that a sandbox gives its descriptors, so that none is in another's way.
Fd high(int fd) {
    Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, first_descriptor + static_cast<int>(most_descriptors)));
    if (!copy)
        throw system_error("cannot hand a descriptor to the sandbox", errno);
    return copy;
}

Fd request_file(std::string_view request) {
    const Fd file(::memfd_create("request", MFD_CLOEXEC));
    if (!file)
        throw system_error("cannot write the sandbox's request", errno);
    write_all(file.get(), request);
    ::lseek(file.get(), 0, SEEK_SET);
    return high(file.get());
}

// What decides about the program itself; nothing else of the environment goes in.
std::vector<std::string> environment() {
    std::vector<std::string> kept = {std::string(inside_mark) + "=1"};
    for (const char* name : {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS"})
        if (const char* value = std::getenv(name))
            kept.push_back(std::string(name) + "=" + value);
    return kept;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

// posix_spawn()'s two objects, whose functions fail for want of memory only.
class Actions {
  public:
    Actions() {
        ::posix_spawn_file_actions_init(&files_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t all;
        ::sigfillset(&all);
        sigset_t none;
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        // A terminal's ^C is for this process, which then ends the sandbox.
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                     POSIX_SPAWN_SETPGROUP);
    }
    ~Actions() {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;

    void give(const Fd& fd, int number) {
        ::posix_spawn_file_actions_adddup2(&files_, fd.get(), number);
    }
    pid_t spawn(std::vector<std::string> arguments, int last_descriptor) {
        ::posix_spawn_file_actions_addclosefrom_np(&files_, last_descriptor + 1);
        std::vector<std::string> variables = environment();
        const auto argv = pointers(arguments);
        const auto envp = pointers(variables);
        pid_t pid = -1;
        int status =
            ::posix_spawn(&pid, "/proc/self/exe", &files_, &attributes_, argv.data(), envp.data());
        if (status == ENOENT) // without /proc
            status = ::posix_spawn(&pid, reinterpret_cast<const char*>(::getauxval(AT_EXECFN)),
                                   &files_, &attributes_, argv.data(), envp.data());
        if (status != 0)
            throw system_error("cannot start the sandbox", status);
        return pid;
    }

  private:
    posix_spawn_file_actions_t files_ = {};
    posix_spawnattr_t attributes_ = {};
};

// The supervisor. It ends the worker, and itself, when the channel is closed.
class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        const auto deadline = Clock::now() + patience;
        while (!ended(WNOHANG) && Clock::now() < deadline)
            ::usleep(1000);
        if (pid_ > 0)
            ::kill(pid_, SIGKILL);
        while (!ended(0)) {
        }
    }

  private:
    static constexpr auto patience = std::chrono::seconds(1);

    bool ended(int options) {
        if (pid_ <= 0)
            return true;
        const pid_t got = ::waitpid(pid_, nullptr, options);
        if (got == pid_ || (got < 0 && errno != EINTR))
            pid_ = -1;
        return pid_ <= 0;
    }

    pid_t pid_;
};

pid_t start(const Worker& worker, const Task& task, const Fd& channel, const Fd& errors) {
    // A program whose main() does not call serve() would start itself without end.
    if (std::getenv(inside_mark) != nullptr)
        throw Error(ErrorKind::failed, "a sandbox cannot be started in a sandbox");
    if (task.descriptors.size() > most_descriptors)
        throw Error(ErrorKind::failed, "too many descriptors for a sandbox");
    Actions actions;
    std::vector<Fd> kept; // until it is started
    const auto give = [&](Fd fd, int number) {
        kept.push_back(std::move(fd));
        actions.give(kept.back(), number);
    };
    give(request_file(task.request), STDIN_FILENO);
    give(high(errors.get()), STDOUT_FILENO);
    give(high(errors.get()), STDERR_FILENO);
    give(high(channel.get()), channel_fd);
    int number = channel_fd;
    for (const int fd : task.descriptors)
        give(high(fd), ++number);
    return actions.spawn({sandbox_name, worker.name, weak_accepted ? weak_word : strict_word},
                         number);
}

} // namespace

struct Process::Impl {
    Impl(const Worker& its_worker, Task its_task) : worker(its_worker), task(std::move(its_task)) {
        Pipe channel_pipe = make_pipe();
        Pipe errors_pipe = make_pipe();
        child.emplace(start(worker, task, channel_pipe.write, errors_pipe.write));
        task.request.clear();
        channel = std::move(channel_pipe.read);
        errors = std::move(errors_pipe.read);
    }

    std::optional<std::string> next();
    void wait();
    std::string_view drain(Fd& fd);
    [[noreturn]] void fail();

    const Worker& worker;
    Task task;
    Clock::time_point deadline = Clock::now() + worker.limits.time;
    std::optional<Child> child;
    Fd channel; // closed before the child is waited for
    Fd errors;
    Receiver receiver{largest_piece};
    std::string buffer = std::string(buffer_size, '\0');
    std::string standard_error;
    std::optional<std::string> result;
    std::optional<Error> error;
};

// What FD gives now; closes it at its end.
std::string_view Process::Impl::drain(Fd& fd) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
        return {};
    if (got <= 0)
        fd.reset();
    return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

void Process::Impl::wait() {
    std::array<pollfd, 3> fds{{{channel.get(), POLLIN, 0},
                               {errors.get(), POLLIN, 0},
                               {task.interrupt != nullptr ? task.interrupt->fd() : -1, POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), 200);
    interruption_point();
    if (task.interrupt != nullptr)
        task.interrupt->check();
    if (Clock::now() > deadline)
        throw Error(ErrorKind::invalid_input, "it takes longer than the " +
                                                  human_time(worker.limits.time) +
                                                  " that may be used for it");
    if (fds[1].revents != 0)
        if (const auto data = drain(errors); standard_error.size() < most_said)
            standard_error.append(data);
    if (fds[0].revents != 0)
        receiver.feed(drain(channel));
}

void Process::Impl::fail() {
    const std::string_view said = trim(standard_error);
    if (!error)
        error = Error(ErrorKind::failed, "the sandbox ended without a result");
    if (error->hint().empty() && !said.empty())
        error->hint(printable(said));
    throw Error(*error);
}

std::optional<std::string> Process::Impl::next() {
    for (;;) {
        while (auto message = receiver.next()) {
            if (message->kind == MessageKind::piece)
                return std::move(message->body);
            if (message->kind == MessageKind::line && task.on_line)
                task.on_line(harmless(message->body));
            else if (message->kind == MessageKind::result)
                result = std::move(message->body);
            else if (message->kind == MessageKind::error && !error)
                error = decode(message->body);
        }
        if (!channel && !errors)
            break;
        wait();
    }
    if (error || !result)
        fail();
    return std::nullopt;
}

Process::Process(const Worker& worker, Task task)
    : impl_(std::make_unique<Impl>(worker, std::move(task))) {}
Process::~Process() = default;
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;

std::optional<std::string> Process::next() {
    return impl_->next();
}
const std::string& Process::result() const {
    return *impl_->result;
}

std::string run(const Worker& worker, Task task,
                const std::function<void(std::string_view)>& on_piece) {
    Process process(worker, std::move(task));
    while (const auto piece = process.next())
        if (on_piece)
            on_piece(*piece);
    return process.result();
}

void accept_weak_sandboxes() {
    weak_accepted = true;
}

} // namespace selns::sandbox
