#pragma once

#include "selns/policy/changes.hpp"
#include "selns/policy/place.hpp"
#include "selns/sandbox/sandbox.hpp"
#include "selns/tree/tree.hpp"

#include <functional>
#include <string>

namespace selns::policy {

// Changes the store of this process's root. Modules are CIL.
using Commit = std::function<void(const Changes& changes, const sandbox::Say& say)>;

// This host's libsemanage.
Commit host_commit(const Place& place);

// The part of a commit that runs inside the sandbox, where "/" is an empty directory: lays out
// STAGED and a sanitised semanage.conf, checks CHANGES and commits them, and writes the result to
// OUTPUT_FD as a pax tar. IMAGE_CONF is the image's semanage.conf.
void commit_in_sandbox(const tree::Tree& staged, const Place& place, const Changes& changes,
                       const Commit& commit, const std::string& image_conf, int output_fd,
                       const sandbox::Say& say);

// The same for Backend::gather_neverallows().
void gather_neverallows_in_sandbox(const tree::Tree& staged, const Place& place,
                                   const std::string& image_conf, int output_fd,
                                   const sandbox::Say& say);

} // namespace selns::policy
