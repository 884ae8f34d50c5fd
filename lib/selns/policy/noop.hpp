#pragma once

#include <string_view>

namespace selns::policy {

// A static executable that exits with 0. libsemanage fails a commit when it cannot execute
// sefcontext_compile; in the sandbox, which holds no program, this one takes its place.
std::string_view noop_program();

// Where it is in the sandbox.
inline constexpr const char* noop_program_path = "/selns-noop";

} // namespace selns::policy
