#pragma once

#include "selns/base/error.hpp"
#include "selns/denials/module.hpp"
#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace selns::test {

// Rules without provenance and without limits.
inline denials::Rules
rules_of(const std::vector<std::pair<denials::Triple, denials::Permissions>>& list) {
    denials::Rules rules;
    for (const auto& [triple, permissions] : list)
        rules[triple].permissions = permissions;
    return rules;
}

// The rules that made AFTER of BEFORE, in order.
inline std::vector<denials::RuleChange> added_rules(const denials::LocalModule& before,
                                                    const denials::LocalModule& after) {
    denials::LocalModule merged = before;
    return merged.merge(after.rules());
}

// The canonical form of TEXT, which is a fixed point.
inline std::string canonical(const std::string& text, const std::string& file) {
    const auto module = denials::LocalModule::parse(text, file);
    const std::string once = module.str();
    const auto again = denials::LocalModule::parse(once, file);
    CHECK(again.str() == once);
    CHECK(again.same_statements(module));
    return once;
}

// "PLACE: MESSAGE" of the error that TEXT is, or "ok".
inline std::string failure(const std::string& text, const std::string& file) {
    try {
        denials::LocalModule::parse(text, file);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK_FALSE(error.hint().empty());
        return error.location().str() + ": " + error.message();
    }
    return "ok";
}

} // namespace selns::test
