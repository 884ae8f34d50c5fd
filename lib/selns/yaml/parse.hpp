#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/yaml/node.hpp"

#include <cstddef>
#include <string>

namespace selns::yaml {

// Documents come from users, and from whoever wrote what they downloaded.
constexpr std::size_t max_bytes = 1U << 20U;     // of a document
constexpr std::size_t max_depth = 50;            // of values in values
constexpr std::size_t max_nodes = 100'000;       // aliases count as what they stand for
constexpr std::size_t max_expanded = 16U << 20U; // bytes of scalars, aliases expanded

// How places are told: as "FILE:line:column", or as FILE alone for a text that has no lines of its
// own, such as a command line argument. Columns count bytes.
enum class Places { lines, whole };

// The one document in RAW; a node of Kind::null when it is empty. FILE names it in messages.
// Duplicate keys go to PROBLEMS. Anything that is not YAML or not within the limits is an
// invalid_input Error, as are tags other than !!str and keys that are not scalars.
Node parse(const std::string& raw, const std::string& file, Diagnostics& problems,
           Places places = Places::lines);

} // namespace selns::yaml
