#pragma once

#include "selns/denials/verdict.hpp"
#include "selns/selinux/policydb.hpp"

namespace selns::denials {

// The image's base policy, as verdicts ask it. Both objects are of the same policy file and
// outlive this one.
class BasePolicy final : public Policy {
  public:
    BasePolicy(const selinux::PolicyDb& policy, const selinux::AccessVectors& vectors)
        : policy_(policy), vectors_(vectors) {}

    bool has_type(std::string_view name) const override;
    bool has_class(std::string_view name) const override;
    bool has_permission(std::string_view tclass, std::string_view permission) const override;
    bool valid_context(const std::string& context) const override;
    std::vector<std::string> denied(const std::string& scontext, const std::string& tcontext,
                                    const std::string& tclass,
                                    const std::vector<std::string>& permissions) const override;

  private:
    const selinux::PolicyDb& policy_;
    const selinux::AccessVectors& vectors_;
};

} // namespace selns::denials
