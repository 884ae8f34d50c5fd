#include "selns/policy/noop.hpp"

// NOLINTNEXTLINE(misc-no-recursion): the assembler includes the linked program as it is.
asm(".section .rodata\n"
    ".balign 16\n"
    ".global selns_noop_begin\n"
    "selns_noop_begin:\n"
    ".incbin \"" SELNS_NOOP_PROGRAM "\"\n"
    ".global selns_noop_end\n"
    "selns_noop_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" {
extern const char selns_noop_begin[];
extern const char selns_noop_end[];
}

namespace selns::policy {

std::string_view noop_program() {
    return {selns_noop_begin, static_cast<std::size_t>(selns_noop_end - selns_noop_begin)};
}

} // namespace selns::policy
