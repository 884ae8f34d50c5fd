#pragma once

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
    explicit LabelBase(const std::filesystem::path& what, bool with_store = false);

    // Either the directory, or all of the tree. Of a directory, the tree has the policy's
    // files, and with WITH_STORE its store.
    const std::optional<tree::Disk>& disk() const { return disk_; }
    const tree::Tree& tree() const { return tree_; }
    const policy::Place& place() const { return place_; }
    const label::Matcher& matcher() const { return matcher_; }
    const selinux::PolicyDb& policy() const { return policy_; }
    bool valid(const std::string& context) const { return policy_.valid_context(context); }

  private:
    std::optional<tree::Disk> disk_;
    tree::Tree tree_;
    policy::Place place_;
    label::Matcher matcher_;
    selinux::PolicyDb policy_;
};

// A path as a Tree names it: "etc//ssh/" is "/etc/ssh".
std::string normal_path(std::string_view text);

} // namespace selns::query
