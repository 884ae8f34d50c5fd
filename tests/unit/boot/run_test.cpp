#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/boot/monitor.hpp"
#include "selns/boot/run.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

using namespace selns;
using namespace selns::boot;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Stands for QEMU: at each tick it writes the next of PIECES to the kernel's port.
class FakeQemu final : public process::Runner {
  public:
    FakeQemu(const Machine& machine, std::vector<std::string> pieces)
        : machine_(machine), pieces_(std::move(pieces)) {}

    process::Result run(const process::Command& command) override {
        process::Result result;
        result.exit_code = exit_code;
        for (const std::string& piece : pieces_) {
            std::ofstream(machine_.kernel_log, std::ios::app) << piece;
            result.timed_out = !command.on_tick();
            if (result.timed_out)
                return result;
        }
        while (hangs && command.on_tick()) {
        }
        result.timed_out = hangs;
        return result;
    }
    std::optional<std::filesystem::path> find(const std::string&) const override { return {}; }

    int exit_code = 0;
    bool hangs = false;

  private:
    const Machine& machine_;
    std::vector<std::string> pieces_;
};

struct Place {
    test::TempDir directory;
    Machine machine;
    Place() {
        machine.kernel_log = directory.path() / "kernel";
        machine.console_log = directory.path() / "console";
        machine.monitor = directory.path() / "monitor";
    }
};

const std::string target = "systemd[1]: Queued start job for default target a.target.\n"
                           "systemd[1]: Reached target a.target - A.\n";
const std::string down = "[   30.0] reboot: Restarting system\n";

} // namespace

TEST_CASE("A machine that switches itself off") {
    Place place;
    FakeQemu qemu(place.machine, {"x\n", target, down});
    const Run run = boot::run(place.machine, {}, qemu);
    CHECK(run.end == End::by_itself);
    CHECK(run.clean);
    CHECK(run.seen.reached());
}

TEST_CASE("A machine that is reset was not shut down") {
    Place place;
    FakeQemu qemu(place.machine, {"x\n", target});
    CHECK_FALSE(boot::run(place.machine, {}, qemu).clean);
}

TEST_CASE("A machine that reached its target and is quiet is stopped") {
    Place place;
    FakeQemu qemu(place.machine, {target, "more\n", down});
    RunOptions options;
    options.quiet = std::chrono::seconds(0);
    bool waits = false;
    options.on_change = [&](const Observation& seen) { waits = seen.stop_asked.has_value(); };
    const Run run = boot::run(place.machine, options, qemu);
    CHECK(run.end == End::stopped);
    CHECK(run.clean);
    CHECK(waits);
}

TEST_CASE("A machine that does not shut down is ended at the time limit, too") {
    Place place;
    FakeQemu qemu(place.machine, {target});
    qemu.hangs = true;
    RunOptions options;
    options.quiet = std::chrono::seconds(0);
    options.limit = std::chrono::seconds(1);
    const Run run = boot::run(place.machine, options, qemu);
    CHECK(run.end == End::stopped);
    CHECK_FALSE(run.clean);
    CHECK(run.elapsed - *run.seen.stop_asked >= std::chrono::seconds(1));
    CHECK(failure_of(run, options.limit).empty());
}

TEST_CASE("A machine that does nothing is ended at the time limit") {
    Place place;
    FakeQemu qemu(place.machine, {"x\n"});
    qemu.hangs = true;
    RunOptions options;
    options.limit = std::chrono::seconds(1);
    const Run run = boot::run(place.machine, options, qemu);
    CHECK(run.end == End::time_limit);
    CHECK_FALSE(run.clean);
    CHECK_FALSE(run.seen.reached());
}

TEST_CASE("A failure ends the machine") {
    Place place;
    FakeQemu qemu(place.machine, {"Kernel panic - not syncing: no\n"});
    qemu.hangs = true;
    const Run run = boot::run(place.machine, {}, qemu);
    CHECK(run.end == End::failed);
    CHECK_FALSE(run.clean);
}

TEST_CASE("QEMU's own failure is an error") {
    Place place;
    FakeQemu qemu(place.machine, {});
    qemu.exit_code = 1;
    CHECK_THROWS_WITH(boot::run(place.machine, {}, qemu), ContainsSubstring("QEMU failed"));
}

TEST_CASE("QEMU that is killed in the midst of it is seen") {
    Place place;
    FakeQemu qemu(place.machine, {"x\n", target});
    qemu.exit_code = 137;
    RunOptions options;
    SECTION("before the boot came to rest, the boot failed") {
        const Run run = boot::run(place.machine, options, qemu);
        CHECK(run.end == End::crashed);
        CHECK(failure_of(run, seconds(300)) == "QEMU failed (exit status 137)");
    }
    SECTION("after that, its end was not seen") {
        options.quiet = seconds(0);
        const Run run = boot::run(place.machine, options, qemu);
        CHECK(run.end == End::stopped);
        CHECK_FALSE(run.clean);
        CHECK(run.crash == "QEMU failed (exit status 137)");
    }
}

TEST_CASE("A machine that writes and writes is ended") {
    Place place;
    FakeQemu qemu(place.machine, {"x\n"});
    std::ofstream(place.machine.console_log) << "";
    std::filesystem::resize_file(place.machine.console_log, (256U << 20U) + 1);
    qemu.hangs = true;
    const Run run = boot::run(place.machine, {}, qemu);
    CHECK(run.end == End::failed);
    CHECK(run.seen.failure == "the machine wrote more than 256 MiB to its console");
}

TEST_CASE("A boot that went well has no failure") {
    Run run;
    run.end = End::stopped;
    run.seen.kernel = run.seen.root = run.seen.target = milliseconds(1);
    run.seen.default_target = "a.target";
    run.seen.selinux = SelinuxState::enforcing;
    CHECK(failure_of(run, seconds(300)).empty());
    SECTION("unless something else is in the way") {
        run.seen.failure = "the kernel panicked: so";
        CHECK(failure_of(run, seconds(300)) == "the kernel panicked: so");
    }
    SECTION("an image without a policy") {
        run.seen.selinux = SelinuxState::no_policy;
        CHECK(failure_of(run, seconds(300)) ==
              "no policy was loaded: the image has none, or SELINUX=disabled");
    }
    SECTION("a target that is not reached") {
        run.seen.target.reset();
        run.end = End::time_limit;
        run.seen.failed_units = {"a.service", "b.service", "c.service", "d\n.service"};
        CHECK(failure_of(run, seconds(7)) == "a.target was not reached within 7 s; failed: "
                                             "a.service, b.service, c.service ...");
        run.end = End::by_itself;
        run.seen.failed_units.clear();
        CHECK(failure_of(run, seconds(7)) ==
              "the machine switched itself off before its target was reached");
    }
    SECTION("a service that is started again and again") {
        run.end = End::time_limit;
        run.seen.failed_units = {"a.service"};
        CHECK(failure_of(run, seconds(7)) ==
              "the boot did not come to rest within 7 s; failed: a.service");
    }
    SECTION("nothing at all") {
        run.seen = {};
        run.end = End::time_limit;
        CHECK(failure_of(run, seconds(7)) == "the kernel said nothing within 7 s");
    }
}

TEST_CASE("The monitor's pipes hear commands, wherever they are") {
    const test::TempDir place;
    const auto deep = place.path() / std::string(120, 'a');
    std::filesystem::create_directory(deep);
    Monitor monitor(deep / "monitor");
    monitor.send("one");
    monitor.send("two");
    const Fd reader(::open((deep / "monitor.in").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::string heard(64, '\0');
    const ssize_t got = ::read(reader.get(), heard.data(), heard.size());
    REQUIRE(got > 0);
    CHECK(heard.substr(0, static_cast<std::size_t>(got)) == "one\ntwo\n");
}
