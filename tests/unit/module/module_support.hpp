#pragma once

#include "selns/base/error.hpp"
#include "selns/module/local_module.hpp"
#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace selns::test {

// Rules without provenance and without limits.
inline module::Rules
rules_of(const std::vector<std::pair<verdict::Triple, verdict::Permissions>>& list) {
    module::Rules rules;
    for (const auto& [triple, permissions] : list)
        rules[triple].permissions = permissions;
    return rules;
}

// The rules that made AFTER of BEFORE, in order.
inline std::vector<module::RuleChange> added_rules(const module::LocalModule& before,
                                                   const module::LocalModule& after) {
    module::LocalModule merged = before;
    return merged.merge(after.rules());
}

// The canonical form of TEXT, which is a fixed point.
inline std::string canonical(const std::string& text, const std::string& file) {
    const auto module = module::LocalModule::parse(text, file);
    const std::string once = module.str();
    const auto again = module::LocalModule::parse(once, file);
    CHECK(again.str() == once);
    CHECK(again.same_statements(module));
    return once;
}

// "PLACE: MESSAGE" of the error that TEXT is, or "ok".
inline std::string failure(const std::string& text, const std::string& file) {
    try {
        module::LocalModule::parse(text, file);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK_FALSE(error.hint().empty());
        return error.location().str() + ": " + error.message();
    }
    return "ok";
}

} // namespace selns::test
