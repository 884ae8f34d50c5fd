#pragma once

#include "selns/cache/store.hpp"

#include <functional>
#include <string>

namespace selns::cache {

// The text that MAKE gives, kept in STORE as an entry of KIND under DESCRIPTION's inputs: for what
// takes longer to find out again than to read. A cache that cannot be written serves all the same.
std::string derived(const Store& store, const std::string& kind, const Description& description,
                    const std::function<std::string()>& make);

} // namespace selns::cache
