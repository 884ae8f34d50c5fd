#pragma once

#include "selns/cache/store.hpp"
#include "selns/label/label.hpp"
#include "selns/policy/place.hpp"
#include "selns/selinux/policydb.hpp"
#include "selns/tree/disk.hpp"

#include <filesystem>
#include <optional>

namespace selns::query {

// A root directory, an archive or an image, with what its own policy says about labels.
class LabelBase {
  public:
    // STORE: see read_image().
    LabelBase(const std::filesystem::path& what, const cache::Store* store,
              bool with_store = false);

    // Either the directory, or all of the tree. Of a directory, the tree has the policy's
    // files, and with WITH_STORE its store.
    const std::optional<tree::Disk>& disk() const { return disk_; }
    const tree::Tree& tree() const { return tree_; }
    const policy::Place& place() const { return place_; }
    const label::Matcher& matcher() const { return rules_.matcher; }
    const selinux::PolicyDb& policy() const { return rules_.policy; }
    bool valid(const std::string& context) const { return policy().valid_context(context); }

  private:
    struct Rules {
        label::Matcher matcher;
        selinux::PolicyDb policy;
    };
    static Rules open(const tree::Tree& tree, const policy::Place& place);

    std::optional<tree::Disk> disk_;
    tree::Tree tree_;
    policy::Place place_;
    Rules rules_;
};

// A path as a Tree names it: "etc//ssh/" is "/etc/ssh".
std::string normal_path(std::string_view text);

} // namespace selns::query
