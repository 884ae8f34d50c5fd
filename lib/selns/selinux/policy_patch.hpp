#pragma once

#include "selns/selinux/plain_rules.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace selns::selinux {

// Why rules cannot be added to a policy that is compiled already, in words: "the rule is about
// web_domain, an attribute".
class NotPatchable : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// IMAGE, a kernel policy of any version that is read, with RULES added to it. It says what a
// compilation of its modules together with RULES would say, and all else in it stays byte by byte.
// What cannot be done exactly is NotPatchable: names that are not those of types, classes and
// permissions of the policy, bounded types (a compilation checks what they are given), and rules
// on what a conditional rule is about, too (a compilation may drop that one). A policy that is
// damaged is an invalid_input Error; NAME stands for it.
//
// The policy's neverallow rules are not asked: they are not in IMAGE.
std::string add_rules(std::string_view image, const std::vector<PlainRule>& rules,
                      const std::string& name);

// Why add_rules() would refuse RULES, those left aside that have a name which IMAGE has not: other
// modules may bring it. Empty: for nothing that is known.
std::string obstacle_to(std::string_view image, const std::vector<PlainRule>& rules,
                        const std::string& name);

} // namespace selns::selinux
