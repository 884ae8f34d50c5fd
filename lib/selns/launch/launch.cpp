#include "selns/launch/launch.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/launch/json.hpp"
#include "selns/launch/templates.hpp"
#include "selns/launch/unit_text.hpp"

#include <fmt/format.h>
#include <kainjow/mustache.hpp>

#include <algorithm>

namespace selns::launch {

namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view value, std::string_view why) {
    throw Error(ErrorKind::invalid_input,
                fmt::format("{} \"{}\" {}", what, printable(value.substr(0, 200)), why));
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

// What can be a host name, a machine name and part of a file name at once.
void require_name(std::string_view what, std::string_view value) {
    const bool good = !value.empty() && value.size() <= 64 && value.front() != '-' &&
                      value.front() != '.' && value.back() != '.' &&
                      std::all_of(value.begin(), value.end(), is_name_character);
    if (!good)
        refuse(what, value, "may only have letters, digits, \"-\", \".\" and \"_\", 64 at most");
}

// Printable UTF-8 on one line: neither a unit nor JSON can hold anything else.
void require_text(std::string_view what, std::string_view value) {
    std::string doubled;
    for (const char c : value)
        doubled += c == '\\' ? std::string("\\\\") : std::string(1, c);
    if (printable(value) != doubled)
        refuse(what, value, "has control characters or is not UTF-8");
}

void require_safe(const Inputs& inputs) {
    require_name("the name", inputs.name);
    require_name("the host name", inputs.hostname);
    require_text("the directory", inputs.directory);
    if (!inputs.directory.starts_with('/'))
        refuse("the directory", inputs.directory, "is not an absolute path");
    require_text("the launcher", inputs.launcher);
    require_text("the policy type", inputs.policy_type);
    require_text("the kernel", inputs.kernel);
    if (!inputs.bundle.empty())
        require_name("the kernel bundle", inputs.bundle);
    if (!inputs.initramfs.empty())
        require_name("the initramfs", inputs.initramfs);
    for (const auto& image : inputs.images) {
        require_name("the image file", image.file);
        require_name("the image format", image.format);
        require_name("the SHA-256", image.sha256);
    }
    for (const Workload& workload : inputs.workloads) {
        require_text("the command", workload.command);
        require_text("the context", workload.context);
    }
}

const ImageFile* find_image(const Inputs& inputs, std::string_view format) {
    const auto found = std::find_if(inputs.images.begin(), inputs.images.end(),
                                    [&](const ImageFile& image) { return image.format == format; });
    return found == inputs.images.end() ? nullptr : &*found;
}

std::string below(const std::string& directory, const std::string& name) {
    return directory.ends_with('/') ? directory + name : directory + '/' + name;
}

std::string workload_name(std::size_t number) {
    return fmt::format("selns-workload-{}.service", number);
}

using Values = kainjow::mustache::data;

std::string fill(std::string_view text, const Values& values) {
    kainjow::mustache::mustache form{std::string(text)};
    // Values are already in the form that their place needs; HTML is not it.
    form.set_custom_escape([](const std::string& value) { return value; });
    return form.render(values);
}

Values values_of(const Inputs& inputs, const std::string& file_name) {
    Values values;
    values.set("file_name", file_name);
    values.set("unit_name", inputs.name + ".service");
    values.set("name", inputs.name);
    values.set("hostname", inputs.hostname);
    values.set("nobody_loads", inputs.namespace_loader == PolicyLoader::nobody);
    values.set("unprepared", inputs.namespace_loader != PolicyLoader::launcher);

    const auto* ext4 = find_image(inputs, "ext4");
    const auto* tar = find_image(inputs, "tar");
    const auto root =
        ext4 != nullptr ? below(inputs.directory, ext4->file) : "/var/lib/machines/" + inputs.name;
    values.set("directory", ext4 == nullptr);
    values.set("tar", tar != nullptr ? tar->file : inputs.name + ".tar");
    values.set("root_path", unit_word(root));
    values.set("root_argument",
               exec_argument((ext4 != nullptr ? "--image=" : "--directory=") + root));
    const auto launch = below(inputs.directory, inputs.name + ".launch.json");
    values.set("image_argument", exec_argument(root));
    values.set("launch_path", unit_word(launch));
    values.set("launch_argument", exec_argument("--launch=" + launch));
    values.set("launch_json", json_text(launch));
    values.set("launcher_json", json_text(inputs.launcher));
    values.set("root_json", json_text("/var/lib/machines/" + inputs.name));

    values.set("ext4", ext4 != nullptr ? ext4->file : std::string());
    values.set("bundle", inputs.bundle);
    if (!inputs.initramfs.empty())
        values.set("initramfs", inputs.initramfs);
    values.set("memory", fmt::format("{}M", inputs.memory >> 20U));
    values.set("cpus", fmt::format("{}", inputs.cpus));
    return values;
}

} // namespace

bool has_machine(const Inputs& inputs) {
    return !inputs.bundle.empty() && find_image(inputs, "ext4") != nullptr;
}

std::vector<RenderedFile> render(const Inputs& inputs) {
    require_safe(inputs);
    const std::string& name = inputs.name;
    std::vector<RenderedFile> files = {{"launch", name + ".launch.json", launch_json(inputs)}};
    const auto add = [&](const char* kind, const std::string& file_name, std::string_view text) {
        files.push_back({kind, file_name, fill(text, values_of(inputs, file_name))});
    };
    add("nspawn", name + ".nspawn", templates::nspawn);
    add("service", name + ".service", templates::service);
    add("run-service", "selns@" + name + ".service", templates::run_service);
    add("oci", name + ".oci.json", templates::oci);
    add("host-policy", name + ".host.cil", templates::host);
    if (has_machine(inputs))
        add("qemu", name + ".qemu.conf", templates::qemu);
    return files;
}

RenderedFile workload_unit(const Workload& workload, std::size_t number) {
    std::string after = "default.target";
    if (number > 1)
        after += " " + workload_name(number - 1);
    std::string text = fmt::format("[Unit]\n"
                                   "Description=Workload {}\n"
                                   "After={}\n"
                                   "\n"
                                   "[Service]\n"
                                   "Type=oneshot\n"
                                   "ExecStart=/bin/sh -c {}\n",
                                   number, after, exec_argument(workload.command));
    if (!workload.context.empty())
        text += "SELinuxContext=" + workload.context + "\n";
    return {"workload", workload_name(number), text};
}

} // namespace selns::launch
