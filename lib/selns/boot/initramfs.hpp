#pragma once

#include "selns/boot/modules.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace selns::boot {

// A unit that systemd runs with its default target.
struct Unit {
    std::string name; // "selns-run-1.service"
    std::string text;
};

// The initramfs of a machine: this project's own init (cmd/selns-init) with MODULES, which it
// loads in their order, and UNITS, which it puts under /run. A newc archive; the same for the same.
std::string make_initramfs(const std::vector<KernelModule>& modules,
                           const std::vector<Unit>& units);

// The program in it: a static ELF executable, part of the library.
std::string_view init_program();

} // namespace selns::boot
