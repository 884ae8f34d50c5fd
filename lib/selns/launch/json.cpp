#include "selns/launch/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace selns::launch {

namespace {

using Json = nlohmann::ordered_json;

const char* name_of(PolicyLoader loader) {
    switch (loader) {
    case PolicyLoader::nobody:
        return "nobody";
    case PolicyLoader::launcher:
        return "launcher";
    case PolicyLoader::image_systemd:
        return "image-systemd";
    case PolicyLoader::image_systemd_patched:
        return "image-systemd-patched";
    }
    return "nobody";
}

Json images(const Inputs& inputs) {
    Json list = Json::array();
    for (const auto& image : inputs.images)
        list.push_back({{"file", image.file},
                        {"format", image.format},
                        {"size", image.size},
                        {"sha256", image.sha256}});
    return list;
}

// Options by what they are for. "m" means that a module will do.
Json kernel_config(const Inputs& inputs) {
    const bool ext4 = std::any_of(inputs.images.begin(), inputs.images.end(),
                                  [](const ImageFile& image) { return image.format == "ext4"; });
    Json config;
    config["always"] = {{"CONFIG_AUDIT", "y"},
                        {"CONFIG_SECURITY", "y"},
                        {"CONFIG_SECURITY_NETWORK", "y"},
                        {"CONFIG_SECURITY_SELINUX", "y"},
                        {"CONFIG_TMPFS_XATTR", "y"}};
    if (ext4) {
        config["always"]["CONFIG_EXT4_FS"] = "y";
        config["always"]["CONFIG_EXT4_FS_SECURITY"] = "y";
    }
    config["namespace"] = {{"CONFIG_SECURITY_SELINUX_NS", "y"},
                           {"CONFIG_UTS_NS", "y"},
                           {"CONFIG_IPC_NS", "y"},
                           {"CONFIG_PID_NS", "y"},
                           {"CONFIG_NET_NS", "y"},
                           {"CONFIG_CGROUPS", "y"}};
    if (ext4)
        config["namespace"]["CONFIG_BLK_DEV_LOOP"] = "m";
    config["vm"] = {
        {"CONFIG_DEVTMPFS", "y"}, {"CONFIG_VIRTIO_PCI", "m"}, {"CONFIG_VIRTIO_BLK", "m"}};
    return config;
}

} // namespace

std::string launch_json(const Inputs& inputs) {
    Json document;
    document["schema"] = schema_version;
    document["name"] = inputs.name;
    document["hostname"] = inputs.hostname;
    document["images"] = images(inputs);
    document["policy"] = {{"type", inputs.policy_type},
                          {"mode", inputs.enforcing ? "enforcing" : "permissive"},
                          {"version", inputs.policy_version}};
    document["policy_loader"] = {{"namespace", name_of(inputs.namespace_loader)},
                                 {"vm", name_of(inputs.vm_loader)}};
    document["kernel"] = {{"name", inputs.kernel},
                          {"policy_version", inputs.policy_version},
                          {"config", kernel_config(inputs)}};
    document["vm"] = {{"memory", inputs.memory},
                      {"cpus", inputs.cpus},
                      {"kernel_parameters", {"security=selinux", "selinux=1"}}};
    document["files"] = {{"nspawn", inputs.name + ".nspawn"}, {"unit", inputs.name + ".service"}};
    return document.dump(2) + '\n';
}

} // namespace selns::launch
