#include "selns/boot/initramfs.hpp"

// The program of cmd/selns-init, as the build made it.
asm(".pushsection .rodata\n"
    "selns_init_begin:\n"
    ".incbin \"" SELNS_INIT "\"\n"
    "selns_init_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char selns_init_begin[];
extern const char selns_init_end[];
}

namespace selns::boot {

std::string_view init_program() {
    return {selns_init_begin, selns_init_end};
}

} // namespace selns::boot
