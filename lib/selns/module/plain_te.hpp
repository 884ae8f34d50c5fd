#pragma once

#include <string>
#include <string_view>

namespace selns::module {

struct PlainTe {
    std::string name; // of the module
    std::string text;
};

// TEXT as checkmodule takes it, without m4. Of the macros of reference policies, policy_module()
// and gen_require() are understood; what rules need is then required besides, since such a policy
// requires all classes. Another macro, and text that is no module, is an invalid_input Error with
// its line in FILE.
PlainTe plain_te(std::string_view text, const std::string& file);

} // namespace selns::module
