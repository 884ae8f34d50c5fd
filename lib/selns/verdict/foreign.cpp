// Contexts of another SELinux namespace.

#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/verdict/judgement.hpp"

#include <string>
#include <string_view>

namespace selns::verdict {

namespace {

// That of unlabeled things, of the user and at the level of KNOWN; empty when the policy has none
// like that.
std::string unlabeled_context(const Policy& policy, const std::string& known) {
    const auto fields = split(std::string_view(known), ':');
    std::string context =
        std::string(fields[0]) + ":object_r:" + std::string(policy.unlabeled_type());
    if (fields.size() > 3)
        context += ":" + std::string(fields[3].substr(0, fields[3].find('-')));
    return policy.valid_context(context) ? context : std::string();
}

} // namespace

void take_as_seen(const Policy& policy, log::Denial& denial) {
    const auto is_foreign = [&](const std::string& context, const std::string& printed) {
        return !printed.empty() && printed == log::context_type(context) &&
               !policy.valid_context(context);
    };
    const bool source = is_foreign(denial.scontext, denial.printed_source);
    // A file of the image is unlabeled because its label is wrong.
    const bool target =
        is_foreign(denial.tcontext, denial.printed_target) && !has_own_label(denial.tclass);
    if (!source && !target)
        return;
    const std::string unlabeled =
        unlabeled_context(policy, source ? denial.tcontext : denial.scontext);
    if (unlabeled.empty())
        return;
    denial.foreign_source = source;
    denial.foreign_target = target;
    if (source) {
        denial.scontext = unlabeled;
        denial.printed_source.clear();
    }
    if (target) {
        denial.tcontext = unlabeled;
        denial.printed_target.clear();
    }
}

} // namespace selns::verdict
