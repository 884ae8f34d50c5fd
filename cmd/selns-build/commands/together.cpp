#include "selns-build/commands/together.hpp"

#include "selns-build/failure.hpp"
#include "selns-build/progress/board.hpp"
#include "selns-build/session.hpp"
#include "selns/base/file.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <list>
#include <optional>
#include <string>
#include <utility>

namespace selns::cmd {

namespace {

// Of a job's process, among themselves: nothing had changed.
constexpr int up_to_date_status = 100;

using Work = std::function<Job::State(Job& job, Session& session, ProgressMode mode)>;

// A job's process, seen from here.
struct Running {
    Job* job;
    pid_t pid;
    Fd out;
    Fd err;
    std::string out_text;
    std::string err_line; // the last one, which has not ended
};

class Together {
  public:
    Together(ProgressMode mode, Session& session, const Work& work)
        : mode_(mode), session_(session), work_(work) {
        if (mode_ == ProgressMode::automatic)
            mode_ = session.err_redraws ? ProgressMode::bar : ProgressMode::plain;
        if (mode_ == ProgressMode::bar)
            board_.emplace(
                session.err, session.err_look, [] { return terminal_width(STDERR_FILENO); },
                [] { return std::chrono::steady_clock::now(); });
    }
    ~Together() { // left by an exception
        for (const Running& child : running_) {
            ::kill(child.pid, SIGTERM);
            ::waitpid(child.pid, nullptr, 0);
        }
    }
    Together(const Together&) = delete;
    Together& operator=(const Together&) = delete;

    void start(Job& job);
    // Waits for something to happen; returns the status of the first job that has failed, or 0.
    int step();
    std::size_t running() const { return running_.size(); }

  private:
    [[noreturn]] void be_child(Job& job, int out, int err);
    void read_out(Running& child);
    void read_err(Running& child);
    void take_line(const Running& child, std::string line);
    void print(Output& place, std::string_view text);
    int end(Running& child);

    ProgressMode mode_;
    Session& session_;
    const Work& work_;
    std::optional<Board> board_;
    std::list<Running> running_;
    bool told_ = false;
    bool printed_ = false; // a summary
};

void Together::start(Job& job) {
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        throw system_error("cannot start a process", errno);
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent)
            ::_exit(1);
        be_child(job, out.write.get(), err.write.get());
    }
    if (board_)
        board_->begin(job.recipe.name);
    running_.push_back({&job, pid, std::move(out.read), std::move(err.read), {}, {}});
}

void Together::be_child(Job& job, int out_fd, int err_fd) {
    const SignalInterrupt interrupt; // with a pipe of its own
    process::SystemRunner runner(interrupt);
    FdOutput out(out_fd, "standard output");
    FdOutput err(err_fd, "standard error");
    Session session{.out = out,
                    .err = err,
                    .out_look = session_.out_look,
                    .err_look = session_.err_look,
                    .err_redraws = false,
                    .environment = session_.environment,
                    .interrupt = interrupt,
                    .runner = runner,
                    .messages = session_.messages,
                    .recipe = job.recipe.name};
    const int status = guarded(session, job.file.string(), [&] {
        const auto mode = mode_ == ProgressMode::bar ? ProgressMode::json : mode_;
        const auto state = work_(job, session, mode);
        return state == Job::State::up_to_date ? up_to_date_status : 0;
    });
    ::_exit(status);
}

int Together::step() {
    std::vector<pollfd> events;
    for (const Running& child : running_) {
        events.push_back({child.out.get(), POLLIN, 0});
        events.push_back({child.err.get(), POLLIN, 0});
    }
    events.push_back({session_.interrupt.fd(), POLLIN, 0});
    if (told_)
        events.pop_back();
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR)
        throw system_error("cannot wait for builds", errno);
    if (session_.interrupt.raised() && !std::exchange(told_, true))
        for (const Running& child : running_)
            ::kill(child.pid, SIGTERM); // a terminal has told them, others have not
    int status = 0;
    std::size_t at = 0;
    for (auto child = running_.begin(); child != running_.end(); at += 2) {
        if (events[at].revents != 0)
            read_out(*child);
        if (events[at + 1].revents != 0)
            read_err(*child);
        if (child->out || child->err) {
            ++child;
            continue;
        }
        const int ended = end(*child);
        status = status == 0 ? ended : status;
        child = running_.erase(child);
    }
    return status;
}

// What a read gives; closes FD at its end.
std::string read_some(Fd& fd) {
    std::array<char, 16384> buffer;
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EINTR))
        fd = Fd();
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

void Together::read_out(Running& child) {
    child.out_text += read_some(child.out);
}

void Together::read_err(Running& child) {
    child.err_line += read_some(child.err);
    for (auto end = child.err_line.find('\n'); end != std::string::npos;
         end = child.err_line.find('\n')) {
        take_line(child, child.err_line.substr(0, end + 1));
        child.err_line.erase(0, end + 1);
    }
}

void Together::take_line(const Running& child, std::string line) {
    if (board_)
        if (const auto event = event_from_json(line))
            return board_->on(child.job->recipe.name, *event);
    print(session_.err, line);
}

void Together::print(Output& place, std::string_view text) {
    if (board_)
        board_->print(place, text);
    else
        place.write(text);
}

int Together::end(Running& child) {
    int status = W_EXITCODE(1, 0); // unless it can be told
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (board_)
        board_->end(child.job->recipe.name);
    if (!child.err_line.empty())
        print(session_.err, child.err_line + "\n");
    if (!child.out_text.empty()) {
        const bool apart = std::exchange(printed_, true) && mode_ != ProgressMode::json;
        print(session_.out, apart ? "\n" + child.out_text : child.out_text);
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (!WIFEXITED(status))
        print(session_.err,
              error_text(Error(ErrorKind::failed, child.job->file.string() +
                                                      ": its process was ended by signal " +
                                                      std::to_string(WTERMSIG(status))),
                         session_.err_look));
    const bool done = code == 0 || code == up_to_date_status;
    child.job->state = code == 0                   ? Job::State::built
                       : code == up_to_date_status ? Job::State::up_to_date
                                                   : Job::State::failed;
    return done ? 0 : code;
}

} // namespace

int run_jobs_together(std::vector<Job>& jobs, std::size_t count, bool keep_going, ProgressMode mode,
                      Session& session, const Work& work) {
    Together together(mode, session, work);
    int status = 0;
    auto next = jobs.begin();
    for (;;) {
        const bool stopped = session.interrupt.raised() || (status != 0 && !keep_going);
        next = std::find_if(next, jobs.end(),
                            [](const Job& job) { return job.state == Job::State::waiting; });
        if (!stopped && next != jobs.end() && together.running() < count) {
            together.start(*next++);
            continue;
        }
        if (together.running() == 0)
            break;
        const int failed = together.step();
        status = status == 0 ? failed : status;
    }
    return status == 0 && session.interrupt.raised() ? exit_status(ErrorKind::interrupted) : status;
}

} // namespace selns::cmd
