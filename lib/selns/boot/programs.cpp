#include "selns/boot/initramfs.hpp"

// The programs of cmd/selns-init and cmd/selns-run, as the build made them.
#define SELNS_PROGRAM(name, file)                                                                  \
    asm(".pushsection .rodata\n" name "_begin:\n"                                                  \
        ".incbin \"" file "\"\n" name "_end:\n"                                                    \
        ".byte 0\n"                                                                                \
        ".popsection\n")

SELNS_PROGRAM("selns_init", SELNS_INIT);
SELNS_PROGRAM("selns_run", SELNS_RUN);

extern "C" {
extern const char selns_init_begin[];
extern const char selns_init_end[];
extern const char selns_run_begin[];
extern const char selns_run_end[];
}

namespace selns::boot {

std::string_view init_program() {
    return {selns_init_begin, selns_init_end};
}

std::string_view launcher_program() {
    return {selns_run_begin, selns_run_end};
}

} // namespace selns::boot
