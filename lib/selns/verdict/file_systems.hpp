#pragma once

#include "selns/selinux/policydb.hpp"

#include <set>
#include <string>
#include <string_view>

namespace selns::verdict {

// File systems whose files have no labels of their own: these come from the policy (genfscon), from
// who made the file (fs_use_trans, fs_use_task) or from a mount option, so that nobody can relabel
// such a file for long. By what a policy says of file systems.
class FileSystems {
  public:
    FileSystems() = default; // nothing is known of any
    explicit FileSystems(const selinux::PolicyDb& policy);

    // Whether an object of TYPE and TCLASS has its label from there. DEVICE is that of its record:
    // the file system's name where it is on no disk ("sysfs"), "0:45" on NFS; it may be empty.
    bool label(std::string_view type, std::string_view tclass, std::string_view device) const;

  private:
    using Names = std::set<std::string, std::less<>>;

    Names unlabelled_;     // names of file systems without labels of their own
    Names of_policy_;      // types that genfscon gives
    Names of_file_system_; // types that files have there that nothing else labels
};

} // namespace selns::verdict
