#include "selns/log/select.hpp"

namespace selns::log {

std::optional<Mark> parse_mark(std::string_view text) {
    if (text == "boot")
        return Mark::boot;
    if (text == "policyload")
        return Mark::policy_load;
    return {};
}

bool Selection::wants_time(Milliseconds time) const {
    return (!since || time >= *since) && (!until || time < *until);
}

bool Selection::wants_types(std::string_view source, std::string_view target) const {
    return !exclude_source.contains(source) && !exclude_target.contains(target);
}

bool Selection::wants_origin(std::string_view device, std::string_view comm,
                             std::string_view exe) const {
    const std::string_view base = exe.substr(exe.rfind('/') + 1); // npos + 1 is 0
    return !exclude_device.contains(device) && !exclude_program.contains(comm) &&
           !exclude_program.contains(exe) && !exclude_program.contains(base);
}

} // namespace selns::log
