#include "selns/launch/launch.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/image/format.hpp"
#include "selns/launch/files.hpp"
#include "selns/launch/json.hpp"
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

const ImageFile* find_image(const Inputs& inputs, bool boots) {
    const auto found = std::ranges::find_if(inputs.images, [&](const ImageFile& image) {
        const image::Format* format = image::find_format(image.format);
        return format != nullptr && format->boots() == boots;
    });
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

    const ImageFile* disk = disk_image(inputs);
    const ImageFile* archive = find_image(inputs, false);
    const auto root =
        disk != nullptr ? below(inputs.directory, disk->file) : "/var/lib/machines/" + inputs.name;
    values.set("directory", disk == nullptr);
    values.set("tar", archive != nullptr ? archive->file : inputs.name + ".tar");
    values.set("root_path", unit_word(root));
    values.set("root_argument",
               exec_argument((disk != nullptr ? "--image=" : "--directory=") + root));
    const auto launch = below(inputs.directory, inputs.name + ".launch.json");
    values.set("image_argument", exec_argument(root));
    values.set("launch_path", unit_word(launch));
    values.set("launch_argument", exec_argument("--launch=" + launch));
    values.set("launch_json", json_text(launch));
    values.set("launcher_json", json_text(inputs.launcher));
    values.set("root_json", json_text("/var/lib/machines/" + inputs.name));

    values.set("disk", disk != nullptr ? disk->file : std::string());
    values.set("format", disk != nullptr ? disk->format : std::string());
    values.set("bundle", inputs.bundle);
    if (!inputs.initramfs.empty())
        values.set("initramfs", inputs.initramfs);
    values.set("memory", fmt::format("{}M", inputs.memory >> 20U));
    values.set("cpus", fmt::format("{}", inputs.cpus));
    return values;
}

} // namespace

const ImageFile* disk_image(const Inputs& inputs) {
    return find_image(inputs, true);
}

bool has_machine(const Inputs& inputs) {
    return !inputs.bundle.empty() && disk_image(inputs) != nullptr;
}

std::vector<RenderedFile> render(const Inputs& inputs) {
    require_safe(inputs);
    std::vector<RenderedFile> rendered;
    for (const File& file : files()) {
        if (file.machine && !has_machine(inputs))
            continue;
        std::string name = file.name(inputs.name);
        std::string text =
            file.form == nullptr ? launch_json(inputs) : fill(*file.form, values_of(inputs, name));
        rendered.push_back({std::string(file.kind), std::move(name), std::move(text)});
    }
    return rendered;
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
