#pragma once

#include "selns/pipeline/pipeline.hpp"
#include "selns/policy/changes.hpp"
#include "selns/policy/place.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace selns::pipeline {

// The bytes of the largest module, as it is and when it is unpacked.
inline constexpr std::uint64_t module_limit = 256U << 20U;

// The policy module in FILE, which may be compressed, as in a policy's store. A package is known by
// its content, .te by the name, and everything else is CIL. What checkmodule made and nobody
// packed is an invalid_input Error.
policy::Module read_module_source(const std::filesystem::path& file);

// Makes of MODULES what a commit to the policy of ROOTFS at PLACE takes: .te is compiled, and a
// package that says nothing but plain rules becomes CIL, without what it requires.
void prepare_modules(std::vector<policy::Module>& modules, const tree::Tree& rootfs,
                     const policy::Place& place, const Context& context);

} // namespace selns::pipeline
