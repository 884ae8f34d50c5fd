#pragma once

#include <string>

namespace selns::test {

// A kernel policy compiled from CIL by libsepol, as bytes. Throws with CIL's words.
std::string compile_cil(const std::string& text, bool mls = true);

// The statements that every policy needs: classes process (transition, dyntransition, signal),
// file (read, write, ioctl, relabelfrom, relabelto) and dir (create, relabelfrom), users
// user_u and other_u, roles user_r and other_r (besides object_r), sensitivity s0 and s1 with
// categories c0 to c3, and the type base_t.
std::string small_cil();

} // namespace selns::test
