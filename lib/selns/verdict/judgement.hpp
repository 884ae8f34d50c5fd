#pragma once

#include "selns/verdict/verdict.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

// How judgements are made. Inside of this library.
namespace selns::verdict {

// What is said of a path that no specification knows.
constexpr const char* add_file_context = "add a file context for it to selinux.file_contexts";

// About no permission yet.
Judgement finding(Verdict verdict, std::string reason, std::string advice);

// That OBSTACLES deny it whatever rules say, and what would satisfy them.
Judgement obstructed(const std::vector<selinux::Obstacle>& obstacles);

// Whether an object of TCLASS has a label that was made beforehand, and not by who uses it.
bool has_own_label(std::string_view tclass);

// On a record of SELINUX_ERR (DENIAL's kind is not `access`), which no allow rule is about.
Judgement judge_transition(const Policy& policy, const std::set<std::string>& declared,
                           const log::Denial& denial);

} // namespace selns::verdict
