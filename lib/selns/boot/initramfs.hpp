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

// What is in an initramfs besides this project's own init (cmd/selns-init).
struct Initramfs {
    std::vector<KernelModule> modules; // loaded in their order
    std::vector<Unit> units;           // put under /run
    // Of an image that is started as a container, by this project's launcher (cmd/selns-run).
    std::string launch_json = {};
};

// A newc archive; the same for the same.
std::string make_initramfs(const Initramfs& content);

// The programs in it: static ELF executables, part of the library.
std::string_view init_program();
std::string_view launcher_program();

} // namespace selns::boot
