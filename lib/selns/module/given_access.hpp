#pragma once

#include "selns/base/error.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace selns::module {

// Access that a module gives by one statement.
struct GivenAccess {
    std::vector<std::string> sources; // types and attributes of the policy; "*": all types
    std::vector<std::string> targets; // or "self"
    std::string tclass;
    std::vector<std::string> permissions; // "*": all
    Location at;
};

// What a module gives, as far as its text tells: not what macros of the policy add.
struct Given {
    std::vector<GivenAccess> accesses;
    // Attributes of the policy that types get, and "permissive" as if it were one.
    std::vector<GivenAccess> attributes; // targets are attributes
    // Types that the module makes or gives attributes: neverallow rules of the base policy may see
    // them otherwise than it does.
    std::set<std::string, std::less<>> changed;
};

// Of a CIL text, whatever the depth: blocks, optionals, conditions, calls of its own macros, its
// own sets, classes and aliases. What grows beyond a million steps by them, or refers to each other
// more than 32 deep, is an invalid_input Error with the line.
Given given_by_cil(std::string_view text, const std::string& file);
// Of a .te text, whatever the depth. Calls of m4's macros are not looked into.
Given given_by_te(std::string_view text, const std::string& file);

} // namespace selns::module
