#pragma once

#include <string>
#include <string_view>

namespace selns::launch {

// TEXT for a unit setting that takes a list of quoted words: one word, specifiers (%) taken
// literally. TEXT must be free of control characters.
std::string unit_word(std::string_view text);

// The same for an argument of ExecStart=, where "$" starts a variable as well.
std::string exec_argument(std::string_view text);

} // namespace selns::launch
