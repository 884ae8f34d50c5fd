#include "selns/launch/json.hpp"

#include "selns/base/error.hpp"
#include "selns/image/format.hpp"
#include "selns/json/json.hpp"
#include "selns/kernel/abilities.hpp"
#include "selns/launch/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <initializer_list>

namespace selns::launch {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t most_small = 10'000; // processors, policy versions

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

// What a kernel with these abilities is configured with. "m" means that a module will do.
void add_options(Json& section, std::string_view value,
                 std::initializer_list<std::string_view> abilities) {
    for (const std::string_view id : abilities)
        for (const std::string_view option : kernel::ability(id).symbols)
            section[option] = value;
}

// Options by what they are for.
Json kernel_config(const Inputs& inputs) {
    Json config;
    add_options(config["always"], "y", {"audit", "selinux", "tmpfs"});
    for (const ImageFile& image : inputs.images)
        if (const image::Format* format = image::find_format(image.format);
            format != nullptr && format->boots())
            add_options(config["always"], "y", {format->kernel_ability});
    add_options(config["namespace"], "y",
                {"selinux-namespaces", "namespaces", "cgroups", "device-filter", "call-filter"});
    if (disk_image(inputs) != nullptr)
        add_options(config["namespace"], "m", {"loop"});
    add_options(config["vm"], "y", {"devtmpfs"});
    add_options(config["vm"], "m", {"virtio-pci", "virtio-blk"});
    return config;
}

Json container_json(const container::LabelTable& table) {
    Json labels = Json::array();
    for (const container::LabelledPath& label : table.labels)
        labels.push_back({{"path", label.path}, {"context", label.context}});
    Json directories = Json::array();
    for (const container::LabelledDirectory& directory : table.directories)
        directories.push_back({{"path", directory.path},
                               {"mode", fmt::format("{:04o}", directory.mode)},
                               {"context", directory.context}});
    Json terminals = Json::array();
    for (const std::string& context : table.terminals)
        terminals.push_back({{"context", context}});
    return {{"labels", labels}, {"directories", directories}, {"terminals", terminals}};
}

PolicyLoader loader_of(const std::string& name) {
    for (const PolicyLoader loader :
         {PolicyLoader::launcher, PolicyLoader::image_systemd, PolicyLoader::image_systemd_patched})
        if (name == name_of(loader))
            return loader;
    return PolicyLoader::nobody;
}

unsigned small_number(const json::Value& value) {
    const std::uint64_t number = value.number();
    if (number > most_small)
        value.refuse("a number up to " + std::to_string(most_small));
    return static_cast<unsigned>(number);
}

// What it names lies beside it, whoever wrote it.
Inputs read_inputs(const json::Value& document) {
    Inputs inputs;
    inputs.name = document.at("name").file_name();
    inputs.hostname = document.at("hostname").text();
    for (const json::Value& image : document.at("images").list())
        inputs.images.push_back({image.at("file").file_name(), image.at("format").text(),
                                 image.at("size").number(), image.at("sha256").text()});
    const json::Value policy = document.at("policy");
    inputs.policy_type = policy.at("type").text();
    inputs.enforcing = policy.at("mode").text() == "enforcing";
    inputs.policy_version = small_number(policy.at("version"));
    inputs.namespace_loader = loader_of(document.at("policy_loader").at("namespace").text());
    inputs.vm_loader = loader_of(document.at("policy_loader").at("vm").text());
    if (const auto wanted = document.find("selinux_namespace"))
        inputs.own_namespace = wanted->text() == "required";
    const json::Value kernel = document.at("kernel");
    inputs.kernel = kernel.at("name").text();
    if (const auto bundle = kernel.find("bundle"))
        inputs.bundle = bundle->file_name();
    inputs.memory = document.at("vm").at("memory").number();
    inputs.cpus = small_number(document.at("vm").at("cpus"));
    if (const auto workloads = document.find("workloads"))
        for (const json::Value& workload : workloads->list())
            inputs.workloads.push_back(
                {workload.at("command").text(), workload.at("context").text()});
    return inputs;
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
    document["selinux_namespace"] = inputs.own_namespace ? "required" : "auto";
    document["container"] = container_json(inputs.labels);
    document["kernel"] = {{"name", inputs.kernel}};
    if (!inputs.bundle.empty())
        document["kernel"]["bundle"] = inputs.bundle;
    document["kernel"]["policy_version"] = inputs.policy_version;
    document["kernel"]["config"] = kernel_config(inputs);
    document["vm"] = {{"memory", inputs.memory},
                      {"cpus", inputs.cpus},
                      {"kernel_parameters", {"security=selinux", "selinux=1"}}};
    Json workloads = Json::array();
    for (const Workload& workload : inputs.workloads)
        workloads.push_back({{"command", workload.command}, {"context", workload.context}});
    document["workloads"] = workloads;
    for (const File& file : files())
        if (!file.key.empty() && (!file.machine || has_machine(inputs)))
            document["files"][file.key] = file.name(inputs.name);
    return document.dump(2) + '\n';
}

std::string json_text(const std::string& text) {
    const std::string quoted = Json(text).dump();
    return quoted.substr(1, quoted.size() - 2);
}

Inputs parse_launch(std::string_view text, const std::string& file) {
    try {
        const json::Value document = json::parse(text, file);
        if (document.at("schema").number() > schema_version)
            throw Error(ErrorKind::invalid_input, "it is of a newer selns-build")
                .at({file})
                .hint("use a selns-build that is as new as the one that made it");
        return read_inputs(document);
    } catch (Error& error) {
        if (error.hint().empty())
            error.hint("it is no launch.json of this program's; build the image again");
        throw;
    }
}

} // namespace selns::launch
