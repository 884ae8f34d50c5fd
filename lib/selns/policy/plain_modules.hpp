#pragma once

#include "selns/policy/changes.hpp"
#include "selns/policy/place.hpp"
#include "selns/tree/tree.hpp"

#include <string>
#include <vector>

namespace selns::policy {

// Whether MODULE is CIL that says nothing but rules which need no compilation in the policy of
// ROOTFS at PLACE, as far as that is known before the other modules are in it: they may bring
// names. In a policy that is checked when it is compiled (expand-check) no rules are such.
bool is_plain(const tree::Tree& rootfs, const Place& place, const Module& module);

// Takes those out of CHANGES; none where dontaudit rules are to be left out.
std::vector<Module> take_plain(const tree::Tree& rootfs, const Place& place, Changes& changes);

// Puts MODULES, of which each is_plain(), into the store of ROOTFS at PLACE, where semodule would
// put them, and their rules into the policy, which is not compiled for that: see
// selinux::add_rules(). The checksum of the modules goes away, so that whoever asks for a
// compilation when it does not hold gets one. New and changed files get MTIME and belong to root.
//
// Returns why it cannot be done, and then nothing has changed; empty: it is done.
std::string add_plain_modules(tree::Tree& rootfs, const Place& place,
                              const std::vector<Module>& modules, tree::Timestamp mtime);

} // namespace selns::policy
