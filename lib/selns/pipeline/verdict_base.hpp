#pragma once

#include "selns/label/label.hpp"
#include "selns/log/log.hpp"
#include "selns/policy/place.hpp"
#include "selns/progress/progress.hpp"
#include "selns/tree/tree.hpp"
#include "selns/verdict/policy.hpp"

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// What verdicts are made against: a policy without the local module, and what else of its image
// tells about denials.
//
// Making one starts threads that open the policy and the file contexts: whoever reads logs does it
// before policy() is asked for.
class VerdictBase {
  public:
    // Of ROOTFS, whose policy has the base policy's modules and no others. NEVERALLOWS is text for
    // policy::Neverallows::parse(); without it they are not known.
    VerdictBase(const tree::Tree& rootfs, const policy::Place& place,
                std::optional<std::string> neverallows);
    // Of a kernel policy alone: neverallow rules and file contexts are not known.
    VerdictBase(std::string image, std::string name);
    VerdictBase(const VerdictBase&) = delete;
    VerdictBase& operator=(const VerdictBase&) = delete;

    // Waits until all is open. A policy or file contexts that cannot be read are an invalid_input
    // Error.
    const verdict::Policy& policy() const { return opened().policy; }
    // What the image's file contexts say; outlived by this object. No opinion about a path that
    // only a specification of all paths knows, nor without file contexts.
    log::Expected expected() const;
    // What is not known, in words: "neverallow rules".
    std::vector<std::string> unknown() const;
    // Names in the guard list that the policy does not have.
    const std::vector<std::string>& lacking() const {
        return opened().policy.type_meanings().lacking();
    }
    // Tells SINK the neverallow rules that are not understood. Waits, like policy().
    void warn_of_unknown(progress::Sink& sink) const;

  private:
    using FutureMatcher = std::shared_future<std::unique_ptr<const label::Matcher>>;

    struct Opened {
        Opened(const std::string& image, const std::string& name,
               const std::optional<std::string>& neverallow_text, const FutureMatcher& matcher);
        std::optional<policy::Neverallows> neverallows;
        selinux::PolicyDb db;
        std::future<verdict::TypeMeanings> meanings; // made while decisions are
        selinux::Decisions decisions;
        verdict::BasePolicy policy;
    };

    VerdictBase(std::string image, std::string name, std::optional<std::string> neverallows,
                std::optional<label::Specifications> specifications);
    const Opened& opened() const;

    FutureMatcher matcher_; // none: not known
    std::shared_future<std::unique_ptr<const Opened>> opened_;
};

} // namespace selns::pipeline
