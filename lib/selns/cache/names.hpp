#pragma once

#include <string_view>

namespace selns::cache {

// The names that this program gives in its cache (see Store). What is called otherwise is not its
// own, and is never removed.
bool is_kind(std::string_view name);   // of entries, all of which are known
bool is_key(std::string_view name);    // 64 hexadecimal digits
bool is_lock(std::string_view name);   // KIND-KEY, in locks/
bool is_staged(std::string_view name); // KIND-XXXXXX, in staging/
bool is_run(std::string_view name);    // XXXXXX, in run/
bool is_state(std::string_view name);  // KEY.json, in outputs/

} // namespace selns::cache
