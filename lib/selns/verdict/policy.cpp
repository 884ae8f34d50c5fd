#include "selns/verdict/policy.hpp"

namespace selns::verdict {

std::optional<std::string> BasePolicy::neverallow(const std::string& source,
                                                  const std::string& target,
                                                  const std::string& tclass,
                                                  const std::string& permission) const {
    const auto* rule = neverallows_ == nullptr
                           ? nullptr
                           : neverallows_->broken_by(source, target, tclass, permission);
    return rule == nullptr ? std::nullopt : std::optional(policy::to_source(*rule));
}

} // namespace selns::verdict
