#pragma once

#include "selns/selinux/cil.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace selns::selinux {

// A rule on access that holds for two names and one class, without conditions:
//
//     (allow a b (c (p q)))           also auditallow and dontaudit
//     (allowx a b (ioctl c (0x1 (range 0x2 0x3))))
//
// Whether the names are those of types, attributes or nothing is for a policy to say.
struct PlainRule {
    enum class Kind { allow, auditallow, dontaudit, allow_commands };

    Kind kind = Kind::allow;
    std::string source;
    std::string target; // may be "self"
    std::string tclass;
    std::set<std::string> permissions;
    std::set<std::uint16_t> commands; // of ioctl: of allow_commands, in place of permissions
};

// STATEMENT as such a rule; nothing when it is none.
std::optional<PlainRule> plain_rule(const CilNode& statement);

// What the CIL module TEXT, of the file NAME, says, when that is nothing but such rules.
std::optional<std::vector<PlainRule>> plain_rules(std::string_view text, const std::string& name);

// CIL that was made of a package, without what that requires, when the rest is nothing but such
// rules: whose names are missing in a policy cannot be added to it anyway.
std::optional<std::string> plain_rules_of_package(std::string_view text, const std::string& name);

// Adds the commands from FIRST to LAST, numbers as a module has them: hexadecimal or decimal. False
// when they are none, out of range or could be octal.
bool add_commands(std::string_view first, std::string_view last, std::set<std::uint16_t>& commands);

} // namespace selns::selinux
