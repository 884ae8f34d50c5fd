#include "selns/boot/machine.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

namespace selns::boot {

namespace {

// QEMU doubles a comma in a value.
std::string escaped(const std::filesystem::path& path) {
    std::string result;
    for (const char c : path.string())
        result += c == ',' ? std::string(",,") : std::string(1, c);
    return result;
}

} // namespace

std::string parameters_of(const Machine& machine) {
    std::vector<std::string> parameters = {
        "root=/dev/vda", "rootfstype=" + machine.file_system, machine.read_only ? "ro" : "rw",
        "security=selinux", "selinux=1",
        // The second port, without being a console: nobody else writes to it, and no login waits.
        "earlycon=uart8250,io,0x2f8,115200", "keep_bootcon", "console=ttyS0",
        // What systemd does is among the kernel's messages, in whole lines, and none is dropped.
        "systemd.log_target=kmsg", "systemd.show_status=1", "printk.devkmsg=on",
        // Whatever the image sets kernel.printk to: denials would not come to the port any more.
        "ignore_loglevel", "audit_backlog_limit=8192",
        // With -no-reboot, QEMU ends.
        "panic=-1"};
    if (machine.container)
        parameters.emplace_back("selns.container");
    if (machine.own_namespace)
        parameters.emplace_back("selns.namespace=required");
    return join(parameters, " ");
}

std::vector<std::string> command_of(const Machine& machine) {
    std::vector<std::string> command = {"qemu-system-x86_64", "-nodefaults", "-no-user-config",
                                        "-no-reboot",         "-display",    "none"};
    const auto add = [&](const char* option, std::string value) {
        command.emplace_back(option);
        command.push_back(std::move(value));
    };
    const bool kvm = machine.accelerator == Accelerator::kvm;
    add("-accel", kvm ? "kvm" : "tcg");
    add("-cpu", kvm ? "host" : "max");
    add("-m", fmt::format("{}M", machine.memory >> 20U));
    add("-smp", fmt::format("{}", machine.cpus));
    add("-kernel", machine.kernel.string());
    add("-initrd", machine.initramfs.string());
    add("-append", parameters_of(machine));
    add("-drive", fmt::format("file={},format=raw,if=none,id=root,cache={},read-only={}",
                              escaped(machine.disk), machine.scratch ? "unsafe" : "writeback",
                              machine.read_only ? "on" : "off"));
    add("-device", "virtio-blk-pci,drive=root");
    add("-device", "virtio-rng-pci");
    if (machine.interactive)
        add("-chardev",
            "stdio,id=console,mux=on,signal=off,logfile=" + escaped(machine.console_log));
    else
        add("-chardev", "file,id=console,path=" + escaped(machine.console_log));
    add("-chardev", "file,id=kernel,path=" + escaped(machine.kernel_log));
    add("-serial", "chardev:console");
    add("-serial", "chardev:kernel");
    add("-chardev", "pipe,id=monitor,path=" + escaped(machine.monitor));
    add("-mon", "chardev=monitor,mode=readline");
    return command;
}

} // namespace selns::boot
