#pragma once

#include "selns/launch/launch.hpp"

namespace selns::launch::test {

// What a build of a small recipe hands over.
inline Inputs ordinary() {
    Inputs inputs;
    inputs.name = "web";
    inputs.hostname = "web.example";
    inputs.directory = "/srv/images/web";
    inputs.images = {{"web.tar", "tar", 255772160, std::string(64, 'a')},
                     {"web.ext4", "ext4", 536870912, std::string(64, 'b')}};
    inputs.policy_type = "default";
    inputs.policy_version = 33;
    inputs.labels = {{{"/dev/null", "system_u:object_r:null_device_t:s0"}},
                     {{"/run/lock", 01777, "system_u:object_r:var_lock_t:s0"}},
                     {"system_u:object_r:user_devpts_t:s0"}};
    inputs.kernel = "selinuxns";
    inputs.memory = 1U << 30U;
    inputs.cpus = 2;
    return inputs;
}

inline std::string content_of(const Inputs& inputs, std::string_view name) {
    for (auto& file : render(inputs))
        if (file.name == name)
            return file.content;
    return {};
}

} // namespace selns::launch::test
