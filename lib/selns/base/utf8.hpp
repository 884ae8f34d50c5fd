#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace selns {

struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 0; // that it takes; 0: not UTF-8
};

// The character that TEXT, which is not empty, begins with.
Character first_character(std::string_view text);

// Columns of a terminal that CODE takes, 0 to 2; controls count one.
int columns_of(std::uint32_t code);

} // namespace selns
