#include "selns-run/run.hpp"

#include "selns-run/confine.hpp"
#include "selns-run/container.hpp"
#include "selns-run/denials.hpp"
#include "selns-run/registry.hpp"
#include "selns-run/relay.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace selns::run {

namespace {

// "/images/" and "web" of "/images/web.ext4"
std::pair<std::string, std::string> split_image(std::string path) {
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    const std::size_t name = path.rfind('/') + 1;
    const std::size_t dot = path.rfind('.');
    return {path.substr(0, name), path.substr(name, dot > name ? dot - name : std::string::npos)};
}

Container describe_all(Kernel& kernel, const Options& options) {
    const auto [directory, stem] = split_image(options.what);
    Container container = describe(kernel, options,
                                   options.launch_file.empty() ? directory + stem + ".launch.json"
                                                               : options.launch_file);
    const std::string& told = container.launch.name;
    container.name = !options.name.empty() ? options.name : !told.empty() ? told : stem;
    if (!is_container_name(container.name))
        throw refusal("\"" + printable(container.name) + "\" is no name for a container",
                      "--name takes up to 64 letters, digits and - _ .");
    container.hostname =
        container.launch.hostname.empty() ? container.name : container.launch.hostname;
    container.init_arguments = options.init_arguments;
    if (!options.units.empty())
        container.units = read_units(options.units);
    container.kernel_log = options.kernel_log;
    if (!options.command.empty())
        container.terminals = terminals_here();
    return container;
}

// Where its policy goes, before anything of the container runs, which may write to it as well.
void tell_kernel_log(Kernel& kernel, const Container& container) {
    const std::string line = std::string("selns-run: the SELinux namespace is of the ") +
                             owner_of(container.selinux) + "\n";
    const Handle log(kernel, kernel.openat2(AT_FDCWD, "/dev/kmsg", O_WRONLY | O_CLOEXEC, 0, 0));
    if (log)
        kernel.write(log.get(), line.data(), line.size());
}

// A running container, as its launcher has it.
class Supervision {
  public:
    Supervision(const Container& container, const Launch& launch, Launch::Up up, unsigned limit,
                std::optional<DenialLog>& denials)
        : container_(container), cgroup_(launch.cgroup()), worker_(launch.worker()), limit_(limit),
          denials_(denials), first_(std::move(up.first)) {
        relay_.start(std::move(up.streams), container.terminals);
    }

    int run(SignalReader& signals) {
        for (bool over = false; !over;) {
            std::vector<pollfd> events = {{worker_.pidfd, POLLIN, 0}, {signals.fd(), POLLIN, 0}};
            relay_.add(events);
            if (denials_)
                denials_->add(events);
            ::poll(events.data(), events.size(), next_timeout());
            relay_.step(events, 2);
            if (denials_)
                denials_->step();
            for (const int signal : signals.take())
                take(signal);
            if ((deadline_ != 0 && now() >= deadline_) || relay_.escaped())
                cgroup_.kill();
            over = events[0].revents != 0;
        }
        int status = 0;
        ::waitpid(worker_.pid, &status, 0);
        // Who has asked for the end does not wait for a reader that stands still.
        const int patience = deadline_ != 0 ? 1000 : static_cast<int>(std::max(1U, limit_)) * 1000;
        relay_.finish(signals, patience);
        if (denials_)
            denials_->finish(signals, patience);
        if (!container_.command.empty())
            relay_.check();
        return status_of_container(status);
    }

  private:
    static std::int64_t now() {
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        return time.tv_sec;
    }

    int next_timeout() const {
        return relay_.timeout() >= 0 ? relay_.timeout() : deadline_ != 0 ? 1000 : -1;
    }

    void take(int signal) {
        if (signal == SIGWINCH) {
            relay_.resize();
        } else if (deadline_ != 0) {
            cgroup_.kill();
        } else {
            // How systemd is asked to power off; the first process of a command hands nothing on,
            // so that all of it ends.
            deadline_ = now() + limit_;
            if (container_.command.empty())
                ::syscall(SYS_pidfd_send_signal, first_.get(), SIGRTMIN + 3, nullptr, 0);
            else
                cgroup_.kill();
        }
    }

    int status_of_container(int status) const {
        if (!WIFEXITED(status)) // the worker itself was killed
            return 128 + WTERMSIG(status);
        const int code = WEXITSTATUS(status);
        if (!container_.command.empty())
            return code;
        // By these, the kernel tells that an init powered off or wants to be started again.
        return code == 128 + SIGINT ? 0 : code == 128 + SIGHUP ? 133 : code;
    }

    const Container& container_;
    const Cgroup& cgroup_;
    Kernel::Process worker_;
    unsigned limit_;
    std::optional<DenialLog>& denials_;
    Handle first_;
    StreamRelay relay_;
    std::int64_t deadline_ = 0; // when it has to have ended
};

} // namespace

int run_container(Kernel& kernel, const Options& options) {
    decide(options.selinux, look_at_selinux(kernel)); // before anything is mounted
    execute_read_only(kernel, options.words);
    const Container container = describe_all(kernel, options); // files may be read once alone
    std::optional<DenialLog> denials;
    if (!options.denials.empty())
        denials.emplace(options.denials);
    if (container.kernel_log && container.selinux != SelinuxUse::off)
        tell_kernel_log(kernel, container);
    SignalReader signals({SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGWINCH});
    clear_dead_containers(kernel);
    Launch launch(kernel, container, options.what, options.read_only);
    Launch::Up up = launch.wait_until_up();
    if (denials)
        denials->follow(launch.worker().pid);
    const int status =
        Supervision(container, launch, std::move(up), options.limit, denials).run(signals);
    if (denials && !denials->loss().empty())
        std::fprintf(stderr, "selns-run: %s\n", denials->loss().c_str());
    return status;
}

} // namespace selns::run
