#include "selns/denials/base_policy.hpp"

namespace selns::denials {

bool BasePolicy::has_type(std::string_view name) const {
    return policy_.has_type(name);
}

bool BasePolicy::has_class(std::string_view name) const {
    return policy_.has_class(name);
}

bool BasePolicy::has_permission(std::string_view tclass, std::string_view permission) const {
    return policy_.has_permission(tclass, permission);
}

bool BasePolicy::valid_context(const std::string& context) const {
    return policy_.valid_context(context);
}

std::vector<std::string> BasePolicy::denied(const std::string& scontext,
                                            const std::string& tcontext, const std::string& tclass,
                                            const std::vector<std::string>& permissions) const {
    return vectors_.denied(scontext, tcontext, tclass, permissions);
}

} // namespace selns::denials
