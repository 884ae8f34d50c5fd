#pragma once

#include "selns/denials/log.hpp"
#include "selns/denials/policy.hpp"
#include "selns/label/label.hpp"
#include "selns/policy/place.hpp"
#include "selns/tree/tree.hpp"

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// What verdicts are made against: a policy without the local module, and what else of its image
// tells about denials.
//
// Making one starts a thread that opens the policy, which takes as long as reading some hundred
// thousand records: whoever reads logs does it before policy() is asked for.
class VerdictBase {
  public:
    // Of ROOTFS, whose store has the base policy's modules and no others.
    VerdictBase(const tree::Tree& rootfs, const policy::Place& place,
                policy::Neverallows neverallows);
    // Of a kernel policy alone: neverallow rules and file contexts are not known.
    VerdictBase(std::string image, std::string name);
    VerdictBase(const VerdictBase&) = delete;
    VerdictBase& operator=(const VerdictBase&) = delete;

    // Waits until it is open. A policy that cannot be read is an invalid_input Error.
    const denials::Policy& policy() const { return opened().policy; }
    // What the image's file contexts say; outlived by this object. No opinion about file systems
    // whose labels are the kernel's affair (proc, sysfs, ...), nor without file contexts.
    denials::Expected expected() const;
    // What is not known, in words: "neverallow rules".
    std::vector<std::string> unknown() const;

  private:
    struct Opened {
        Opened(const std::string& image, const std::string& name,
               const policy::Neverallows* neverallows);
        selinux::PolicyDb db;
        selinux::Decisions decisions;
        denials::BasePolicy policy;
    };

    VerdictBase(std::string image, std::string name, std::optional<policy::Neverallows> neverallows,
                std::optional<label::Matcher> matcher);
    const Opened& opened() const { return *opened_.get(); }

    std::optional<policy::Neverallows> neverallows_;
    std::optional<label::Matcher> matcher_;
    std::shared_future<std::unique_ptr<const Opened>> opened_;
};

} // namespace selns::pipeline
