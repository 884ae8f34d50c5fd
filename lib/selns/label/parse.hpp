#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/label/label.hpp"

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace selns::label {

// A hostile file is not worth more messages than this.
constexpr std::size_t most_problems = 50;

struct Word {
    std::string_view text;
    int column = 0; // from 1
};

// Calls VISIT with each line, without its end, and its number, until that returns false.
void for_each_line(std::string_view text, const std::function<bool(std::string_view, int)>& visit);

// The first MOST words of a line; none when it is blank or a comment.
std::vector<Word> words_of(std::string_view line, std::size_t most);

// Adds the specifications of FILE to OUTPUT, in order, and what is wrong with it to PROBLEMS.
void parse_specifications(const SpecificationFile& file, std::vector<Specification>& output,
                          Diagnostics& problems);

} // namespace selns::label
