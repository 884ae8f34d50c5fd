#include "selns/base/error.hpp"
#include "selns/boot/run.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fstream>

using namespace selns;
using namespace selns::boot;

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

} // namespace

TEST_CASE("A machine that switches itself off") {
    Place place;
    FakeQemu qemu(place.machine, {"x\n", target});
    const Run run = boot::run(place.machine, {}, qemu);
    CHECK(run.end == End::by_itself);
    CHECK(run.clean);
    CHECK(run.seen.reached());
}

TEST_CASE("A machine that reached its target and is quiet is stopped") {
    Place place;
    FakeQemu qemu(place.machine, {target, "more\n", "more\n"});
    RunOptions options;
    options.quiet = std::chrono::seconds(0);
    const Run run = boot::run(place.machine, options, qemu);
    CHECK(run.end == End::stopped);
    CHECK(run.clean);
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
