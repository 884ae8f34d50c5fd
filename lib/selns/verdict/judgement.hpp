#pragma once

#include "selns/verdict/verdict.hpp"

#include <set>
#include <string>
#include <vector>

// How judgements are made. Inside of this library.
namespace selns::verdict {

// About no permission yet.
Judgement finding(Verdict verdict, std::string reason, std::string advice);

// That OBSTACLES deny it whatever rules say, and what would satisfy them.
Judgement obstructed(const std::vector<selinux::Obstacle>& obstacles);

// On a record of SELINUX_ERR (DENIAL's kind is not `access`), which no allow rule is about.
Judgement judge_transition(const Policy& policy, const std::set<std::string>& declared,
                           const log::Denial& denial);

} // namespace selns::verdict
