#include "selns/boot/run.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/boot/monitor.hpp"
#include "selns/boot/observer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace selns::boot {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds failure_delay{1}; // what else is said then is worth having
constexpr std::uint64_t most_said = 256U << 20U; // bytes of a port; this host's disk is not its

// What a file gains while QEMU writes to it.
class Follower {
  public:
    explicit Follower(std::filesystem::path file) : file_(std::move(file)) {}

    template <typename Take>
    void read(Take take) {
        if (!fd_)
            fd_ = Fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
        std::array<char, 1U << 16U> buffer{};
        ssize_t got = 0;
        while (fd_ && size_ <= most_said &&
               (got = ::read(fd_.get(), buffer.data(), buffer.size())) > 0) {
            size_ += static_cast<std::uint64_t>(got);
            take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
        }
    }
    bool is_flooded() const { return size_ > most_said; }

  private:
    std::filesystem::path file_;
    Fd fd_;
    std::uint64_t size_ = 0;
};

class Watch {
  public:
    Watch(const Machine& machine, const RunOptions& options)
        : options_(options), observer_(options.units, machine.container),
          kernel_(machine.kernel_log), console_(machine.console_log), monitor_(machine.monitor) {}

    // False when the machine has to be ended now.
    bool tick() {
        const milliseconds now = since_begin();
        const bool had_failed = !observer_.seen().failure.empty();
        read(now);
        if (options_.on_change)
            options_.on_change(observer_.seen());
        if (!had_failed && !observer_.seen().failure.empty())
            failed_at_ = now;
        return go_on(now);
    }

    // ENDED: QEMU did so by itself. CRASH: why it failed.
    Run result(bool ended, std::string crash) {
        read(since_begin());
        Run run;
        run.seen = observer_.seen();
        run.elapsed = since_begin();
        run.end = !run.seen.failure.empty() ? End::failed
                  : run.seen.stop_asked     ? End::stopped
                  : !crash.empty()          ? End::crashed
                  : ended                   ? End::by_itself
                                            : End::time_limit;
        run.clean = ended && crash.empty() && run.end != End::failed && run.seen.down;
        run.crash = std::move(crash);
        return run;
    }

  private:
    milliseconds since_begin() const {
        return std::chrono::duration_cast<milliseconds>(Clock::now() - begin_);
    }

    void read(milliseconds now) {
        kernel_.read([&](std::string_view piece) { observer_.add_kernel(piece, now); });
        console_.read([&](std::string_view piece) { observer_.add_console(piece, now); });
        if (kernel_.is_flooded() || console_.is_flooded())
            observer_.fail("the machine wrote more than " + human_size(most_said) +
                           " to its console");
    }

    bool go_on(milliseconds now) {
        if (failed_at_)
            return now - *failed_at_ < failure_delay;
        const Observation& seen = observer_.seen();
        if (seen.stop_asked)
            return now - *seen.stop_asked < options_.limit;
        if (seen.reached() && observer_.units_ended() &&
            now - observer_.last_event() >= options_.quiet) {
            monitor_.send("sendkey ctrl-alt-delete");
            observer_.ask_to_stop(now);
            return true;
        }
        return now < options_.limit;
    }

    const RunOptions& options_;
    Clock::time_point begin_ = Clock::now();
    Observer observer_;
    Follower kernel_;
    Follower console_;
    Monitor monitor_;
    std::optional<milliseconds> failed_at_;
};

std::string failure_of(const process::Result& result) {
    return "QEMU failed (exit status " + std::to_string(result.exit_code) + ")";
}

Error failed(const process::Result& result) {
    return Error(ErrorKind::tool_failed, failure_of(result))
        .hint(printable(trim(result.error_tail)));
}

// Services that come and go keep a boot from its end.
std::string with_failed_units(std::string text, const Observation& seen) {
    constexpr std::size_t most = 3;
    const auto& units = seen.failed_units;
    if (units.empty())
        return text;
    const std::vector<std::string> first(
        units.begin(), units.begin() + static_cast<std::ptrdiff_t>(std::min(most, units.size())));
    return text + "; failed: " + printable(join(first, ", ")) + (units.size() > most ? " ..." : "");
}

} // namespace

// The first that applies: what comes later in a boot cannot have gone wrong before.
std::string failure_of(const Run& run, std::chrono::seconds limit) {
    const Observation& seen = run.seen;
    if (!seen.failure.empty())
        return seen.failure;
    if (run.end == End::crashed)
        return with_failed_units(run.crash, seen);
    if (!seen.kernel)
        return fmt::format("the kernel said nothing within {} s", limit.count());
    if (seen.selinux == SelinuxState::no_policy && seen.reached())
        return std::string(no_policy_loaded);
    if (!seen.reached() && run.end == End::by_itself)
        return with_failed_units("the machine switched itself off before its target was reached",
                                 seen);
    if (!seen.reached())
        return with_failed_units(
            fmt::format("{} was not reached within {} s",
                        seen.default_target.empty() ? "a login prompt" : seen.default_target,
                        limit.count()),
            seen);
    if (run.end == End::time_limit)
        return with_failed_units(
            fmt::format("the boot did not come to rest within {} s", limit.count()), seen);
    return {};
}

Run run(const Machine& machine, const RunOptions& options, process::Runner& runner) {
    Watch watch(machine, options);
    process::Command command;
    command.argv = command_of(machine);
    command.package = "qemu-system-x86";
    command.grace = std::chrono::seconds(1);
    command.on_tick = [&watch] { return watch.tick(); };
    const process::Result result = runner.run(command);
    const bool crashed = !result.ok() && !result.timed_out;
    Run run = watch.result(result.ok(), crashed ? failure_of(result) : std::string());
    if (crashed && !run.seen.kernel)
        throw failed(result);
    return run;
}

void run_interactive(const Machine& machine, process::Runner& runner) {
    const Monitor monitor(machine.monitor);
    process::Command command;
    command.argv = command_of(machine);
    command.package = "qemu-system-x86";
    command.interactive = true;
    const process::Result result = runner.run(command);
    if (!result.ok())
        throw failed(result);
}

} // namespace selns::boot
