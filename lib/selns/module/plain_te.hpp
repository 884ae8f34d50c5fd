#pragma once

#include <string>
#include <string_view>

namespace selns::module {

struct PlainTe {
    std::string name; // of the module
    std::string text;
};

// TEXT as checkmodule takes it, without m4, with its lines where they are. Of the macros of
// reference policies, policy_module(), gen_require() and the names of ioctl commands are
// understood; what such a module requires without saying so is required besides. Another macro, a
// type with a dot in its name, and text that is no module, is an invalid_input Error with its line
// in FILE.
PlainTe plain_te(std::string_view text, const std::string& file);

} // namespace selns::module
