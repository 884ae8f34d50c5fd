#pragma once

#include <string>
#include <string_view>

namespace selns::yaml {

// What a person has to mend where a parser of YAML stopped: MESSAGE is yaml-cpp's, LINE (from 0)
// and COLUMN (from 0) its place in TEXT.
std::string explain(std::string_view text, int line, int column, const std::string& message);

} // namespace selns::yaml
