#pragma once

#include "selns/pipeline/pipeline.hpp"

#include <string>

namespace selns::pipeline {

// A .te text as a policy module package (.pp), by checkmodule and semodule_package, without m4: see
// module::plain_te(). FILE stands for it in errors (invalid_input, with checkmodule's words and
// line).
std::string compile_te(const std::string& text, const std::filesystem::path& file, bool mls,
                       const Context& context);

} // namespace selns::pipeline
