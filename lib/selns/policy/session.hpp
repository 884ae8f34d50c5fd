#pragma once

#include "selns/policy/request.hpp"
#include "selns/sandbox/worker.hpp"

namespace selns::policy {

// Policy work in a sandbox (sandbox::Worker). Each takes an encoded Request and, as its first
// descriptor, the staged files as a tar, which it lays out in the empty root with a sanitised
// semanage.conf.

// Checks the changes, commits them by this host's libsemanage, and emits the new files as a pax
// tar.
extern const sandbox::Worker commit_worker;
// The same by the image's own semodule, among the staged files (see ImageTools).
extern const sandbox::Worker image_commit_worker;
// Emits the store's neverallow rules, for Backend::gather_neverallows().
extern const sandbox::Worker neverallow_worker;
// The request is a module package, with its name for errors as the first line; returns it as CIL.
extern const sandbox::Worker package_worker;

} // namespace selns::policy
