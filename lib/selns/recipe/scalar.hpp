#pragma once

#include "selns/recipe/form.hpp"
#include "selns/yaml/node.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace selns::recipe {

// What is wrong with a node that should be such a scalar, "expected ..., got ..."; empty when
// nothing is. WHAT is the form's.
std::string problem(const StringForm& rule, const std::string& what, const yaml::Node& node);
std::string problem(const BooleanForm& rule, const std::string& what, const yaml::Node& node);
std::string problem(const NumberForm& rule, const std::string& what, const yaml::Node& node);
std::string problem(const SizeForm& rule, const std::string& what, const yaml::Node& node);

// The values; nothing when the node is none.
std::optional<std::uint64_t> number_of(const yaml::Node& node);
std::optional<std::uint64_t> size_of(const yaml::Node& node);
bool is_true(const yaml::Node& node);

// How a message shows a node: "enforce" in quotes, the number 8, a list, nothing.
std::string describe(const yaml::Node& node);

} // namespace selns::recipe
