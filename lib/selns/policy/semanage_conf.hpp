#pragma once

#include "selns/tree/tree.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::policy {

// A semanage.conf for the sandbox: the image's settings that say what the policy is like (target,
// neverallow checks, optimisation, home directories), taken over only with harmless values, and
// none that names a program, a path or a server. PROGRAM takes the place of every program;
// POLICY_VERSION is written unless the image's own file names one, and in any case none above
// NEWEST, which libraries refuse.
std::string sanitised_semanage_conf(std::string_view image_conf, unsigned policy_version,
                                    unsigned newest, std::string_view program);

// An image's own semanage.conf; empty when it has none.
std::string image_semanage_conf(const tree::Tree& rootfs);

// Its settings in their order, sections left aside; libsemanage takes the last of a name. They are
// parts of CONF.
std::vector<std::pair<std::string_view, std::string_view>> settings_in(std::string_view conf);

// Whether a compilation also checks neverallow rules and the bounds of types (expand-check).
bool checks_expansion(std::string_view image_conf);

// The block size of modules compressed in a store, 1 to 9; 0: they are not.
int bzip_block_size(std::string_view image_conf);

} // namespace selns::policy
