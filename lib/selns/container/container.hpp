#pragma once

#include "selns/label/apply.hpp"
#include "selns/label/label.hpp"
#include "selns/tree/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

// In a container a stock systemd neither loads a policy nor opens its label database: what PID 1
// makes has the type that its directory hands down. So the launcher labels what is there before
// PID 1 starts, by a table, and named type transitions give the rest its type. Both come from the
// image's own file contexts and units; the launcher itself matches no regular expression.
namespace selns::container {

// A path that the launcher labels when it exists.
struct LabelledPath {
    std::string path;
    std::string context;
};

// A directory below /run that the launcher makes before PID 1 starts.
struct LabelledDirectory {
    std::string path;
    unsigned mode = 0755; // permission bits and the sticky bit
    std::string context;
};

struct LabelTable {
    std::vector<LabelledPath> labels;
    std::vector<LabelledDirectory> directories; // parents first
    // For the terminal of a command whose own domain has no type for its terminals: those of users
    // and of services' scripts. The first that the domain may use is taken.
    std::vector<std::string> terminals;
};

// Paths that MATCHER has no context for are left out, and terminals' contexts that are not VALID.
LabelTable label_table(const label::Matcher& matcher, const label::Validator& valid);

// A policy module in CIL.
struct PolicyModule {
    static constexpr std::string_view name = "selns_container"; // in the policy store

    std::vector<std::string> statements; // without the blocks that they stand in
    std::string text;
};

// What PID 1 needs in a container: the named type transitions, a type of its own for
// /run/systemd/container, which every program of systemd reads, and a console on devpts; and no
// denial of the launcher's last word by a socket from before. A name that the policy does not know
// makes it leave out only what is about that name.
PolicyModule policy_module(const label::Matcher& matcher, const tree::Tree& rootfs);

} // namespace selns::container
