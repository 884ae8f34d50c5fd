#pragma once

#include "selns/module/given_access.hpp"
#include "selns/verdict/verdict.hpp"

#include <string>
#include <vector>

namespace selns::module {

// Something that a hand-written module gives and that no log would have opened.
struct Objection {
    verdict::Verdict verdict = verdict::Verdict::guarded; // or neverallow
    std::string access;                                   // "httpd_t shadow_t:file { open read }"
    std::string why;                                      // in words, or the neverallow rule
    Location at;
};

// Holds what a module gives against POLICY, which does not have the module yet: neverallow rules
// and the guard list, without what PREFERENCES accepts and what the policy gives by itself.
// Neverallow rules are only asked about types that the module leaves as they are; a statement about
// too many types to ask is an objection itself. In the order of
// GIVEN, one objection for each statement and reason.
std::vector<Objection> review(const verdict::Policy& policy,
                              const verdict::Preferences& preferences, const Given& given);

// A policy of which nothing is known: it has every name, and what names mean is all there is.
const verdict::Policy& unknown_policy();

} // namespace selns::module
