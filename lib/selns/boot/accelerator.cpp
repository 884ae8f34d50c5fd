#include "selns/boot/accelerator.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <unistd.h>

#include <chrono>

namespace selns::boot {

namespace {

constexpr std::string_view kind = "accelerator";
constexpr std::chrono::seconds patience{3}; // a guest that works takes a tenth of it

// A boot sector that writes 0x21 to the port of isa-debug-exit, which ends QEMU:
// mov al, 0x21; mov dx, 0xf4; out dx, al; hlt; jmp to the hlt.
std::string boot_sector() {
    std::string sector("\xb0\x21\xba\xf4\x00\xee\xf4\xeb\xfd", 9);
    sector.resize(510, '\0');
    return sector + "\x55\xaa";
}
constexpr int exit_code_of_guest = (0x21 << 1) | 1;

bool guest_runs(process::Runner& runner, const std::filesystem::path& sector) {
    process::Command command;
    command.argv = {"qemu-system-x86_64",
                    "-nodefaults",
                    "-no-user-config",
                    "-display",
                    "none",
                    "-accel",
                    "kvm",
                    "-m",
                    "16M",
                    "-drive",
                    "if=floppy,format=raw,snapshot=on,file=" + sector.string(),
                    "-device",
                    "isa-debug-exit,iobase=0xf4,iosize=0x04"};
    command.timeout = patience;
    command.grace = std::chrono::seconds(1);
    command.package = "qemu-system-x86";
    return runner.run(command).exit_code == exit_code_of_guest;
}

} // namespace

Accelerator probe_accelerator(process::Runner& runner, const cache::Store& cache) {
    if (::access("/dev/kvm", R_OK | W_OK) != 0)
        return Accelerator::tcg;
    const cache::Inputs inputs = {
        {"boot", std::string(trim(read_file("/proc/sys/kernel/random/boot_id")))}};
    const auto entry = cache.make(
        std::string(kind), cache::key_of(std::string(kind), inputs), {"", inputs},
        [&](const std::filesystem::path& staging) {
            write_file(staging / "sector", boot_sector());
            write_file(staging / "result", guest_runs(runner, staging / "sector") ? "kvm" : "tcg");
        });
    return read_file(entry.directory / "result") == "kvm" ? Accelerator::kvm : Accelerator::tcg;
}

} // namespace selns::boot
