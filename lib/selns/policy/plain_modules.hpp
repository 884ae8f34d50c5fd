#pragma once

#include "selns/policy/changes.hpp"
#include "selns/policy/place.hpp"
#include "selns/tree/tree.hpp"

#include <string>
#include <vector>

namespace selns::policy {

// Whether MODULE is CIL and says nothing but rules that need no compilation: selinux::PlainRule. A
// text that is no CIL is none.
bool is_plain(const Module& module);

// Takes those out of CHANGES.
std::vector<Module> take_plain(Changes& changes);

// Puts MODULES, of which each is_plain(), into the store of ROOTFS at PLACE, where semodule would
// put them, and their rules into the policy, which is not compiled for that: see
// selinux::add_rules(). The checksum of the modules goes away, so that whoever asks for a
// compilation when it does not hold gets one. New and changed files get MTIME and belong to root.
//
// Returns why it cannot be done, and then nothing has changed; empty: it is done.
std::string add_plain_modules(tree::Tree& rootfs, const Place& place,
                              const std::vector<Module>& modules, tree::Timestamp mtime);

} // namespace selns::policy
