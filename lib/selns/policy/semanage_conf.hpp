#pragma once

#include <string>
#include <string_view>

namespace selns::policy {

// A semanage.conf for the sandbox: the image's settings that say what the policy is like (target,
// neverallow checks, optimisation, home directories), taken over only with harmless values, and
// none that names a program, a path or a server. PROGRAM takes the place of every program;
// POLICY_VERSION is written unless the image's own file names one, and in any case none above
// NEWEST, which libraries refuse.
std::string sanitised_semanage_conf(std::string_view image_conf, unsigned policy_version,
                                    unsigned newest, std::string_view program);

// Whether a compilation also checks neverallow rules and the bounds of types (expand-check).
bool checks_expansion(std::string_view image_conf);

// The block size of modules compressed in a store, 1 to 9; 0: they are not.
int bzip_block_size(std::string_view image_conf);

} // namespace selns::policy
