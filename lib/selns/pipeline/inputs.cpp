#include "selns/pipeline/inputs.hpp"

#include "selns/base/diagnostics.hpp"
#include "selns/base/file.hpp"
#include "selns/base/file_type.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/program.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/tree_digest.hpp"
#include "selns/label/apply.hpp"
#include "selns/pipeline/module_source.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/policy/place.hpp"

#include <glob.h>

#include <algorithm>
#include <map>

namespace selns::pipeline {

std::vector<std::filesystem::path> log_files(const recipe::Located<std::string>& pattern) {
    glob_t found = {};
    const int status = ::glob(pattern.value.c_str(), 0, nullptr, &found);
    std::vector<std::filesystem::path> files;
    for (std::size_t i = 0; status == 0 && i < found.gl_pathc; ++i)
        if (!std::filesystem::is_directory(found.gl_pathv[i]))
            files.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    const bool literal = pattern.value.find_first_of("*?[") == std::string::npos;
    if (files.empty() && literal)
        throw Error(ErrorKind::invalid_input,
                    "selinux.denials.logs: expected a log file, found none at " +
                        printable(pattern.value))
            .at(pattern.at);
    return files;
}

namespace {

policy::FileContext file_context(const recipe::Located<std::string>& entry) {
    const auto words = split_words(entry.value);
    policy::FileContext result;
    result.regex = words.at(0);
    result.type = words.size() == 3 ? marked_type(words[1]).value_or(0) : 0;
    result.context = words.back() == "<<none>>" ? std::string_view() : words.back();
    result.at = entry.at;
    return result;
}

} // namespace

std::vector<std::filesystem::path> log_files(const recipe::Recipe& recipe) {
    std::vector<std::filesystem::path> files;
    for (const auto& pattern : recipe.selinux.denials.logs) {
        const auto found = log_files(pattern);
        files.insert(files.end(), found.begin(), found.end());
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

std::vector<std::string> patterns_without_logs(const recipe::Recipe& recipe) {
    std::vector<std::string> patterns;
    for (const auto& pattern : recipe.selinux.denials.logs)
        if (log_files(pattern).empty())
            patterns.push_back(pattern.value);
    return patterns;
}

std::vector<InputFile> input_files(const recipe::Recipe& recipe,
                                   const std::vector<std::filesystem::path>& logs) {
    std::vector<InputFile> inputs;
    const auto add = [&](const std::filesystem::path& path) {
        inputs.push_back({path, sha256_file(path)});
    };
    add(recipe.file);
    for (const auto& file : recipe.included)
        add(file.value);
    for (const auto& module : recipe.selinux.modules)
        add(module.value);
    if (const auto& module = recipe.selinux.denials.module;
        module && std::filesystem::exists(module->value))
        add(module->value);
    for (const auto& log : logs)
        add(log);
    for (const auto& package : recipe.local_packages)
        add(package.value);
    for (const auto& repository : recipe.repositories)
        add(repository.key.value);
    if (const auto& from = recipe.selinux.policy_from; from && (from->archive || from->directory))
        inputs.push_back({from->archive ? from->archive->value : from->directory->value,
                          policy_source_digest(recipe)});
    return inputs;
}

std::optional<container::PolicyModule> container_module(const recipe::Recipe& recipe,
                                                        const tree::Tree& rootfs) {
    if (recipe.launch.mode != recipe::LaunchMode::namespaced)
        return {};
    const policy::Place place = policy::find_place(rootfs, recipe.selinux.policy);
    const label::Matcher matcher(
        label::read_specifications(rootfs, place.config + "/contexts", place.split_contexts));
    return container::policy_module(matcher, rootfs);
}

policy::Changes base_changes(const recipe::Recipe& recipe,
                             const std::optional<container::PolicyModule>& container) {
    policy::Changes changes;
    Diagnostics problems;
    std::map<std::string, Location> names{{local_module_name(recipe), {}}};
    if (container) {
        const std::string name(container::PolicyModule::name);
        names.try_emplace(name);
        changes.modules.push_back({name, "cil", container->text, {name}});
    }
    for (const auto& module : recipe.selinux.modules) {
        policy::Module source = read_module_source(module.value);
        const std::string& name = source.name;
        if (!names.try_emplace(name, module.at).second)
            problems.add(module.at, "selinux.modules: expected modules of different names, got " +
                                        printable(name) + " twice (the local module" +
                                        (recipe.launch.mode == recipe::LaunchMode::namespaced
                                             ? " and the container's count)"
                                             : " counts)"));
        changes.modules.push_back(std::move(source));
    }
    problems.throw_if_any();
    for (const auto& [name, value] : recipe.selinux.booleans)
        changes.booleans.push_back({name, value.value, value.at});
    for (const auto& entry : recipe.selinux.file_contexts)
        changes.file_contexts.push_back(file_context(entry));
    return changes;
}

std::string local_module_name(const recipe::Recipe& recipe) {
    const auto& module = recipe.selinux.denials.module;
    return module ? module->value.stem().string() : "selinuxns";
}

namespace {

// What decides about the verdicts.
void add_denial_values(const recipe::Denials& denials, cache::Inputs& values) {
    for (const auto& [name, list] :
         {std::pair("refuse", &denials.refuse), std::pair("accept", &denials.accept),
          std::pair("tolerate", &denials.tolerate), std::pair("silence", &denials.silence)})
        for (const auto& entry : *list)
            values.emplace_back(name, entry.value);
    if (denials.trust)
        values.emplace_back("trust", "true");
    const recipe::Select& select = denials.select;
    for (const auto& [name, moment] :
         {std::pair("since", &select.since), std::pair("until", &select.until)})
        if (*moment)
            values.emplace_back(name, (*moment)->value);
    for (const auto& [name, list] : {std::pair("exclude source", &select.exclude_source),
                                     std::pair("exclude target", &select.exclude_target),
                                     std::pair("exclude device", &select.exclude_device),
                                     std::pair("exclude program", &select.exclude_program)})
        for (const std::string& entry : *list)
            values.emplace_back(name, entry);
}

} // namespace

policy::ToolsFrom tools_of(const recipe::Recipe& recipe) {
    return {recipe.from.source().is_distribution() || recipe.selinux.image_tools,
            place_of_policy(recipe),
            "they came with from." + recipe.from.key +
                ": if its programs may run, in a sandbox that holds nothing but the policy, write "
                "`selinux: { tools: image }`; or build on a host with a newer libsepol"};
}

cache::Inputs policy_values(const recipe::Recipe& recipe) {
    cache::Inputs values{
        {"policy", recipe.selinux.policy},
        {"local module", local_module_name(recipe)},
        {"launch mode", recipe.launch.mode == recipe::LaunchMode::vm ? "vm" : "namespace"},
    };
    for (const auto& [name, value] : recipe.selinux.booleans)
        values.emplace_back("boolean " + name, value.value ? "true" : "false");
    for (const auto& entry : recipe.selinux.file_contexts)
        values.emplace_back("file context", entry.value);
    return values;
}

cache::Inputs base_policy_inputs(const recipe::Recipe& recipe, const tree::Tree& overlay,
                                 const bootstrap::Archive& archive) {
    cache::Inputs inputs = {{"program", program_identity()},
                            {"archive", archive.generation},
                            {"files", bootstrap::tree_digest(overlay)}};
    for (auto& value : policy_values(recipe))
        inputs.push_back(std::move(value));
    inputs.emplace_back("policy from", policy_source_digest(recipe));
    for (const auto& module : recipe.selinux.modules)
        inputs.emplace_back("module " + module.value.string(), sha256_file(module.value));
    return inputs;
}

cache::Inputs recipe_values(const recipe::Recipe& recipe) {
    cache::Inputs values{
        {"name", recipe.name},
        {"hostname", recipe.hostname},
        {"root password", std::to_string(static_cast<int>(recipe.root_password.kind)) + " " +
                              recipe.root_password.hash},
        {"mode", recipe.selinux.mode == recipe::Mode::enforcing ? "enforcing" : "permissive"},
        {"selinux namespace", recipe.launch.own_namespace ? "required" : "auto"},
        {"kernel", recipe.launch.kernel},
        {"memory", std::to_string(recipe.launch.memory)},
        {"cpus", std::to_string(recipe.launch.cpus)},
    };
    for (const recipe::Workload& workload : recipe.boot.run)
        values.emplace_back("workload", workload.context + " " + workload.command);
    add_denial_values(recipe.selinux.denials, values);
    const auto& label = recipe.selinux.label;
    for (const auto& [name, severity] :
         {std::pair{"unmatched", label.unmatched}, std::pair{"invalid", label.invalid},
          std::pair{"hardlink", label.hardlink}})
        values.emplace_back("label " + std::string(name),
                            std::to_string(static_cast<int>(severity)));
    for (auto& value : policy_values(recipe))
        values.push_back(std::move(value));
    for (const recipe::Image& image : recipe.images)
        values.emplace_back(image.format->name, image.size ? std::to_string(*image.size) : "");
    return values;
}

} // namespace selns::pipeline
