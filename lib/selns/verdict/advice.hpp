#pragma once

#include "selns/log/denial.hpp"
#include "selns/verdict/findings.hpp"
#include "selns/verdict/policy.hpp"

#include <span>
#include <vector>

// What to do about findings, where it takes more than one judgement to know. Inside of this
// library.
namespace selns::verdict {

// FINDINGS are all of DENIALS.
void add_advice(std::vector<Finding>& findings, std::span<const log::Denial> denials,
                const Policy& policy);

} // namespace selns::verdict
