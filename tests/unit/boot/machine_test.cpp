#include "selns/boot/machine.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace selns::boot;

namespace {

Machine ordinary() {
    Machine machine;
    machine.memory = 512U << 20U;
    machine.cpus = 2;
    machine.kernel = "/b/vmlinuz";
    machine.initramfs = "/r/initramfs";
    machine.disk = "/r/odd,name.ext4";
    machine.file_system = "ext4";
    machine.console_log = "/r/console";
    machine.kernel_log = "/r/kernel";
    machine.monitor = "/r/monitor";
    return machine;
}

// What follows OPTION, the first time.
std::string value_of(const std::vector<std::string>& command, const std::string& option) {
    const auto found = std::find(command.begin(), command.end(), option);
    return found == command.end() ? "" : *(found + 1);
}

} // namespace

TEST_CASE("QEMU gets the machine as it is asked for") {
    const auto command = command_of(ordinary());
    CHECK(command.front() == "qemu-system-x86_64");
    CHECK(value_of(command, "-accel") == "tcg");
    CHECK(value_of(command, "-m") == "512M");
    CHECK(value_of(command, "-smp") == "2");
    CHECK(value_of(command, "-kernel") == "/b/vmlinuz");
    CHECK(std::count(command.begin(), command.end(), "-no-reboot") == 1);
    CHECK_THAT(value_of(command, "-drive"), ContainsSubstring("file=/r/odd,,name.ext4,"));
    CHECK_THAT(value_of(command, "-drive"), ContainsSubstring("cache=unsafe"));
    CHECK(value_of(command, "-nic").empty()); // no network
}

TEST_CASE("A disk that is to be kept is written through") {
    Machine machine = ordinary();
    machine.scratch = false;
    CHECK_THAT(value_of(command_of(machine), "-drive"), ContainsSubstring("cache=writeback"));
}

TEST_CASE("KVM goes with the host's processor") {
    Machine machine = ordinary();
    machine.accelerator = Accelerator::kvm;
    CHECK(value_of(command_of(machine), "-accel") == "kvm");
    CHECK(value_of(command_of(machine), "-cpu") == "host");
}

TEST_CASE("The kernel's messages have the second port, SELinux is on") {
    const std::string parameters = parameters_of(ordinary());
    for (const char* wanted : {"earlycon=uart8250,io,0x2f8", "keep_bootcon", "console=ttyS0",
                               "ignore_loglevel", "security=selinux", "root=/dev/vda",
                               "rootfstype=ext4", " rw ", "systemd.log_target=kmsg"})
        CHECK_THAT(parameters, ContainsSubstring(wanted));
    // The image's own configuration decides about the mode.
    CHECK(parameters.find("enforcing=") == std::string::npos);
}
