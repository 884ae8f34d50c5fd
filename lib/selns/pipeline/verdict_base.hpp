#pragma once

#include "selns/denials/log.hpp"
#include "selns/denials/policy.hpp"
#include "selns/label/label.hpp"
#include "selns/policy/place.hpp"
#include "selns/tree/tree.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// What verdicts are made against: a policy without the local module, and what else of its image
// tells about denials.
class VerdictBase {
  public:
    // Of ROOTFS, whose store has the base policy's modules and no others.
    VerdictBase(const tree::Tree& rootfs, const policy::Place& place,
                policy::Neverallows neverallows);
    // Of a kernel policy alone: neverallow rules and file contexts are not known.
    VerdictBase(const std::string& image, const std::string& name);
    VerdictBase(const VerdictBase&) = delete;
    VerdictBase& operator=(const VerdictBase&) = delete;

    const denials::Policy& policy() const { return policy_; }
    // What the image's file contexts say; outlived by this object. No opinion about file systems
    // whose labels are the kernel's affair (proc, sysfs, ...), nor without file contexts.
    denials::Expected expected() const;
    const std::string& sha256() const { return sha256_; }
    bool mls() const { return db_.mls(); }
    // What is not known, in words: "neverallow rules".
    std::vector<std::string> unknown() const;

  private:
    VerdictBase(const std::string& image, const std::string& name,
                std::optional<policy::Neverallows> neverallows,
                std::optional<label::Matcher> matcher);

    std::string sha256_;
    selinux::PolicyDb db_;
    selinux::Decisions decisions_;
    std::optional<policy::Neverallows> neverallows_;
    std::optional<label::Matcher> matcher_;
    denials::BasePolicy policy_;
};

} // namespace selns::pipeline
