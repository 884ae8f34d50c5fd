#pragma once

#include "selns/boot/machine.hpp"
#include "selns/boot/run.hpp"
#include "selns/kernel/bundle.hpp"
#include "selns/launch/launch.hpp"
#include "selns/pipeline/boot_logs.hpp"
#include "selns/pipeline/boot_subject.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

struct BootRequest {
    std::filesystem::path what;   // an output directory of build, or an ext4 image
    std::string kernel;           // a kernel recipe's name or a bundle; empty: launch.json's
    std::filesystem::path output; // where logs go; empty: NAME.boot beside the image
    bool persist = false;         // the image itself is written to, not a copy
    bool container = false;       // by the launcher, on a host without a policy
    // That has to get an SELinux namespace of its own, or need not; nothing: as launch.json says.
    std::optional<bool> own_namespace = {};
    std::chrono::seconds limit{300};
    std::chrono::seconds quiet{5};
};

struct Booted {
    std::string name;
    std::filesystem::path image;
    std::string kernel; // "debian 6.1.0-41-cloud-amd64"
    boot::Accelerator accelerator = boot::Accelerator::tcg;
    boot::Run run;
    BootLogs logs;
    std::vector<std::string> failed_workloads; // their commands
    // Why the boot failed, in one line; empty when it did not.
    std::string failure;
    // What the kernel's log ends with, when the machine did not come as far as it should.
    std::vector<std::string> last_lines;
    std::vector<std::string> next; // commands worth running now
};

// Boots an image in a virtual machine and says what was seen. The logs appear when it is over. A
// boot that fails is a result; an Error is thrown for what keeps it from being tried.
Booted boot_image(const BootRequest& request, const Context& context);
// The same of SUBJECT, whatever REQUEST says of an image and a kernel.
Booted boot_image(BootSubject subject, const BootRequest& request, const Context& context);

// The same with a person at the console, until the machine is switched off; nothing is recorded.
void boot_console(const BootRequest& request, const Context& context);

} // namespace selns::pipeline
