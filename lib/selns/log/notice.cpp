#include "selns/log/notice.hpp"

#include "selns/log/scan.hpp"

namespace selns::log {

std::string_view notice_in(std::string_view text) {
    if (!begins_with(text, "SELinux: "))
        return {};
    if (contains(text, "(left unmapped)") || contains(text, "became invalid (unmapped)"))
        return "the policy does not know this context: what has it is unlabeled";
    if (contains(text, " not defined in policy"))
        return "the policy does not know what this kernel asks about: its handle_unknown decides";
    return {};
}

} // namespace selns::log
