#pragma once

#include "selns/label/label.hpp"
#include "selns/log/denial.hpp"
#include "selns/verdict/findings.hpp"

#include <span>
#include <string>
#include <vector>

namespace selns::verdict {

// What file contexts can do about a constraint on users (u1 == u2).
struct UserContexts {
    std::vector<std::string> lines; // the specifications of the objects seen, with the other user
    bool there = false;             // there are such already, so that the log is older
};

// FINDING is of DENIALS. What names are seen without their path only counts where one specification
// of the object's own context is about one path of that name.
UserContexts user_contexts(const Finding& finding, std::span<const log::Denial> denials,
                           const label::Matcher& matcher);

} // namespace selns::verdict
