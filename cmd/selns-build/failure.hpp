#pragma once

#include "selns/base/error.hpp"

#include <functional>
#include <string>

namespace selns::cmd {

struct Look;
struct Session;

// "LOCATION: MESSAGE" as editors take it, or "selns-build: MESSAGE"; then the hint, indented.
std::string error_text(const Error& error, const Look& look);
// The same as one JSON object.
std::string error_json(const Error& error);

// Runs WORK and returns the exit status: WORK's own, or, when it throws, that of the failure, which
// is reported on standard error. WHAT (may be empty) says in which input a failure without a place
// happened. The one place where exceptions end.
int guarded(Session& session, const std::string& what, const std::function<int()>& work);

} // namespace selns::cmd
