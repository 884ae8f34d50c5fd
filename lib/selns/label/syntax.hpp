#pragma once

#include "selns/label/pairs.hpp"

#include <string_view>

namespace selns::label {

// What the syntax of a regular expression tells without PCRE2.
struct Syntax {
    // Written in the everyday part of the syntax, so it is certain to compile, to a size in
    // proportion to its text. Anything else is for PCRE2 to judge.
    bool plain = false;
    // Of a plain one: pairs of bytes that every match contains.
    Pairs required;
};

Syntax syntax_of(std::string_view text);

} // namespace selns::label
