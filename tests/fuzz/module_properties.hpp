#pragma once

// What has to hold for every module that can be read, whatever it is written in.

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/module/local_module.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace selns::fuzz {

inline void require(bool holds) {
    if (!holds)
        std::abort();
}

// Nothing for blanks, which stand for a new module.
inline std::optional<module::LocalModule> read_module(std::string_view text,
                                                      const std::string& file) {
    if (trim(text).empty())
        return {};
    try {
        return module::LocalModule::parse(text, file);
    } catch (const Error&) {
        return {};
    }
}

inline module::Rules some_rules() {
    module::Rules rules;
    rules[{"a", "a", "c"}].permissions = {"p", "ioctl"};
    rules[{"a", "b", "c"}].permissions = {"p", "q"};
    rules[{"a", "b", "c"}].seen.add_program("x\"\n");
    rules[{"b", "a", "c"}] = {{"ioctl"}, verdict::Commands{1, 2, 9}, {}};
    return rules;
}

// What was written must be read again, so no Error is swallowed here.
inline void check_fixed_point(const module::LocalModule& module, const std::string& file) {
    const std::string written = module.str();
    const auto again = module::LocalModule::parse(written, file);
    require(again.str() == written && again.same_statements(module));
    require(again.rules() == module.rules());
}

inline void check_module(const module::LocalModule& module, const std::string& file) {
    check_fixed_point(module, file);
    auto grown = module::LocalModule::parse(module.str(), file);
    grown.merge(some_rules());
    check_fixed_point(grown, file);
    auto direct = module;
    direct.merge(some_rules());
    require(direct.str() == grown.str() && direct.merge(some_rules()).empty());
    direct.subtract(module.rules());
    check_fixed_point(direct, file);
}

// Taking it into another module of its language, twice.
inline void check_import(std::string_view text, module::Format format, const std::string& file) {
    const auto imported = module::import_module(text, format, "other");
    module::LocalModule target(format, "m");
    target.take(imported);
    check_fixed_point(target, file);
    const std::string once = target.str();
    require(target.take(imported).statements.empty() && target.str() == once);
}

} // namespace selns::fuzz
