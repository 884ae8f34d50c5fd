#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace selns::boot {

enum class Accelerator { kvm, tcg };

// A virtual machine with one disk, two serial ports and nothing else: the first port is the
// console, the second has the kernel's messages.
struct Machine {
    Accelerator accelerator = Accelerator::tcg;
    std::uint64_t memory = 1U << 30U; // bytes
    unsigned cpus = 1;
    std::filesystem::path kernel;
    std::filesystem::path initramfs;
    std::filesystem::path disk; // a raw file system, written to
    std::string file_system;    // as a kernel calls it
    bool read_only = false;
    bool container = false; // the initramfs starts the disk's init as a container, see docs/run.md
    bool own_namespace = false; // which then has to have an SELinux namespace of its own
    bool scratch = true;        // nobody wants the disk after a crash of this host

    // A person at the console: its port is standard input and output.
    bool interactive = false;
    std::filesystem::path console_log; // where the ports go
    std::filesystem::path kernel_log;
    std::filesystem::path monitor; // see Monitor
};

// The kernel's parameters for MACHINE.
std::string parameters_of(const Machine& machine);
// How QEMU is called for it.
std::vector<std::string> command_of(const Machine& machine);

} // namespace selns::boot
