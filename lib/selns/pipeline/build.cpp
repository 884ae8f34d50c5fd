#include "selns/kernel/build.hpp"

#include "selns/base/hash.hpp"
#include "selns/base/program.hpp"
#include "selns/base/text.hpp"
#include "selns/boot/initramfs.hpp"
#include "selns/kernel/policy_version.hpp"
#include "selns/launch/launch.hpp"
#include "selns/pipeline/fingerprint.hpp"
#include "selns/pipeline/images.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/label_stage.hpp"
#include "selns/pipeline/launch_stage.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/pipeline/module_file.hpp"
#include "selns/pipeline/outputs.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/pipeline/policy_stage.hpp"
#include "selns/pipeline/result_facts.hpp"
#include "selns/pipeline/room.hpp"
#include "selns/pipeline/root.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace selns::pipeline {

namespace {

using Clock = std::chrono::steady_clock;

// How a user would type PATH from here.
std::string as_typed(const std::filesystem::path& path) {
    const std::string shorter = path.lexically_proximate(std::filesystem::current_path()).string();
    return shorter.starts_with("../..") ? path.string() : shorter;
}

std::uint64_t tree_size(const std::filesystem::path& directory) {
    std::uint64_t size = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && !entry.is_symlink())
            size += entry.file_size();
    return size;
}

// What a build is made from besides its recipe, before anything is made.
struct Sources {
    Sources(const recipe::Recipe& recipe, const Options& options, const Context& context)
        : logs(log_files(recipe)), inputs(input_files(recipe, logs)), root(recipe, context) {
        if (options.kernel)
            kernel = kernel::find_bundle(context.cache, recipe.launch.kernel);
    }

    std::vector<std::filesystem::path> logs;
    std::vector<InputFile> inputs;
    RootSource root;
    std::optional<kernel::Bundle> kernel; // in the cache
};

std::string fingerprint_of(const recipe::Recipe& recipe, const Sources& sources,
                           const bootstrap::Status& bootstrap, const Options& options,
                           const Context& context) {
    return fingerprint(recipe, sources.inputs, sources.root.overlay(), bootstrap,
                       sources.kernel ? kernel::identity_of(*sources.kernel) : std::string(),
                       options, context);
}

std::string by_this_program(const std::string& fingerprint) {
    return Fingerprint("made").add(program_identity()).add(fingerprint).hex();
}

// What was made of FINGERPRINT, when that is all that is wanted: --update still has to write a
// change of the local module, and --locked to refuse it.
std::optional<OutputState::Made>
already_made(const OutputState& state, const std::string& fingerprint, const Options& options) {
    auto made = state.unchanged(by_this_program(fingerprint));
    if (made && made->module_changed && (options.update || options.locked))
        made.reset();
    return made;
}

// A note on a policy that the kernel is too old for: said before the work that it may make useless.
std::optional<std::string> kernel_note(const std::optional<kernel::Bundle>& kernel,
                                       const recipe::Recipe& recipe, const tree::Tree& rootfs) {
    if (!kernel)
        return std::nullopt;
    const policy::Place place = policy::find_policy(rootfs, recipe.selinux.policy);
    return kernel::policy_version_note(kernel->version, place.version);
}

DenialSummary summary_of(const module::MergeResult& found, const recipe::Recipe& recipe) {
    DenialSummary summary;
    summary.records = found.denials.records;
    summary.malformed = found.denials.malformed.count;
    for (const auto& [verdict, count] : found.judged.counts)
        summary.verdicts.emplace_back(verdict::name_of(verdict), count.unique);
    summary.added = added_rules(found);
    summary.refused = refusals(found);
    if (const auto& module = recipe.selinux.denials.module)
        summary.module = module->value;
    return summary;
}

std::string bundle_name(const recipe::Recipe& recipe) {
    return recipe.name + ".kernel";
}

// The kernel, and an initramfs when it cannot mount the image without modules.
void add_kernel(launch::Inputs& inputs, const kernel::Bundle& kernel, Outputs& outputs,
                const Context& context) {
    if (!kernel.modules || !launch::has_machine(inputs))
        return;
    try {
        const auto modules = boot::needed_modules(
            *kernel.modules, boot::root_modules(launch::disk_image(inputs)->format));
        if (modules.empty())
            return;
        inputs.initramfs = inputs.name + ".initramfs";
        outputs.add_text("initramfs", inputs.initramfs, boot::make_initramfs({modules, {}}));
    } catch (const Error& error) {
        context.sink.warning("the kernel cannot mount the image in a virtual machine: " +
                             error.message());
    }
}

// Returns the names of the files.
std::vector<std::string> add_launch_files(const recipe::Recipe& recipe, const LabelResult& labels,
                                          const std::optional<kernel::Bundle>& kernel,
                                          Outputs& outputs, const Context& context) {
    launch::Inputs inputs = launch_inputs(recipe, labels);
    inputs.directory = outputs.directory().string();
    for (const auto& pending : outputs.pending())
        inputs.images.push_back(
            {pending.path.filename().string(), pending.kind, pending.size, pending.sha256});
    if (kernel) {
        inputs.bundle = bundle_name(recipe);
        add_kernel(inputs, *kernel, outputs, context);
    }
    std::vector<std::string> names;
    for (const launch::RenderedFile& file : launch::render(inputs)) {
        outputs.add_text(file.kind, file.name, file.content);
        names.push_back(file.name);
    }
    return names;
}

void add_module(const recipe::Recipe& recipe, const module::LocalModule& module, Outputs& outputs) {
    if (!recipe.selinux.denials.module && module.rules().empty())
        return;
    const bool te = module.format() == module::Format::te;
    outputs.add_text("module", local_module_name(recipe) + (te ? ".te" : ".cil"), module.str());
}

// The first line that it says.
std::string version_of(const image::Tool& tool, const Context& context) {
    std::string said;
    process::Command command;
    command.argv = {std::string(tool.name), std::string(tool.version_option)};
    command.package = tool.package;
    command.on_output = [&said](std::string_view piece) { said += piece; };
    command.on_error_line = [&said](std::string_view line) { said += std::string(line) + '\n'; };
    context.runner.run(command);
    return said.substr(0, said.find('\n'));
}

// What decides about the bits of the outputs besides this program and its libraries.
std::map<std::string, std::string> tools_used(const recipe::Recipe& recipe,
                                              const bootstrap::Status& bootstrap,
                                              const PolicyResult& policy, const Context& context) {
    std::map<std::string, std::string> versions;
    if (!policy.backend.empty())
        versions["policy backend"] = policy.backend;
    for (const auto& [name, value] : bootstrap.inputs)
        if (name == "tools")
            versions["bootstrap"] = value;
    std::vector<std::string> images;
    for (const recipe::Image& image : recipe.images)
        if (const image::Tool& tool = image.format->tool; !tool.name.empty())
            images.push_back(version_of(tool, context));
    if (!images.empty())
        versions["image"] = join(images, ", ");
    return versions;
}

// Before the files that name it.
Artifact publish_kernel(const recipe::Recipe& recipe, const kernel::Bundle& kernel,
                        const std::filesystem::path& output, const Context& context) {
    const auto directory = output / bundle_name(recipe);
    const bool there =
        kernel::is_bundle(directory) &&
        kernel::identity_of(kernel::open_bundle(directory)) == kernel::identity_of(kernel);
    if (!there) {
        progress::Step step(context.sink, "kernel", recipe.launch.kernel);
        kernel::place_bundle(kernel, directory);
        step.finish(directory.filename().string() + ", " + kernel.version);
    }
    return {"kernel", directory, tree_size(directory)};
}

// Others may have written to the module since it was read: what the logs ask for is merged into
// what is there now. Whether anything was written.
bool update_module(const std::filesystem::path& module, const PolicyResult& policy,
                   const Context& context) {
    ModuleFile file(module, context.interrupt, [&context] {
        context.sink.note("waiting for another run that writes the local module");
    });
    module::LocalModule merged = file.module();
    if (policy.denials)
        merged.merge(module::rules_of(policy.denials->judged));
    return !merged.empty() && file.write(merged);
}

std::vector<std::string> next_commands(const recipe::Recipe& recipe, const PolicyResult& policy,
                                       const std::filesystem::path& output, bool updated) {
    std::vector<std::string> next;
    if (policy.changes_module() && !updated && recipe.selinux.denials.module)
        next.push_back(process::display(
            {"selns-build", as_typed(recipe.file), "-o", as_typed(output), "--update"}));
    if (policy.denials && std::ranges::any_of(policy.denials->judged.counts, [](const auto& entry) {
            return !verdict::is_settled(entry.first);
        }))
        next.push_back(process::display(
            {"selns-build", "denials", "explain", "--recipe", as_typed(recipe.file)}));
    next.push_back(process::display({"selns-build", "show", as_typed(output)}));
    return next;
}

// One build, stage by stage. GIVEN: the recipe, which need not tell its policy's type.
Result make(const recipe::Recipe& given, const Options& options, const Context& context,
            Outputs& outputs) {
    const OutputState state(context.cache.root(), outputs.directory(), given.name);
    Sources sources(given, options, context);
    Result result;
    result.name = given.name;
    result.output = outputs.directory();

    std::optional<bootstrap::Archive> archive;
    if (options.refresh)
        archive = sources.root.archive(true, Checks::always);
    // Of the archive that is used, whatever others put into the cache meanwhile.
    bootstrap::Status bootstrap = sources.root.status();
    if (auto made = already_made(state, fingerprint_of(given, sources, bootstrap, options, context),
                                 options)) {
        take_facts(made->facts, result);
        result.up_to_date = true;
        result.artifacts = std::move(made->artifacts);
        return result;
    }
    if (!archive) {
        archive = sources.root.archive(false, Checks::always);
        bootstrap = sources.root.status();
    }
    require_room_for_images(given, std::filesystem::file_size(archive->file), outputs.directory());
    const std::string fingerprint = fingerprint_of(given, sources, bootstrap, options, context);

    Root root = read_root(given, *archive, context);
    const recipe::Recipe recipe = with_policy_type(given, root.tree);
    if (auto note = kernel_note(sources.kernel, recipe, root.tree)) {
        context.sink.warning(*note);
        result.warnings.push_back(*std::move(note));
    }
    const PolicyResult policy =
        make_policy(root.tree, recipe, sources.logs, options, root.epoch, context);
    LabelResult labels = label_tree(root.tree, recipe, context);
    if (!labels.facts.packages && !archive->packages.empty())
        labels.facts.packages = archive->packages;
    write_images(root.tree, recipe, root.epoch.seconds, outputs, context);

    {
        progress::Step step(context.sink, "launch", "launch files and manifest");
        auto names = add_launch_files(recipe, labels, sources.kernel, outputs, context);
        add_module(recipe, policy.merged, outputs);
        names.push_back(recipe.name + manifest_suffix);
        outputs.add_text(
            "manifest", names.back(),
            build_manifest(labels.facts,
                           {recipe, fingerprint, root.epoch,
                            tools_used(recipe, bootstrap, policy, context), sources.inputs,
                            *archive, sources.root.config(), policy, outputs, sources.kernel}));
        step.finish(join(names, ", "));
    }

    state.forget();
    std::optional<Artifact> kernel;
    if (sources.kernel)
        kernel = publish_kernel(recipe, *sources.kernel, outputs.directory(), context);
    result.artifacts = outputs.publish();
    if (kernel)
        result.artifacts.push_back(*std::move(kernel));
    if (policy.denials)
        result.denials = summary_of(*policy.denials, recipe);
    if (options.update && update_module(recipe.selinux.denials.module->value, policy, context)) {
        if (result.denials)
            result.denials->updated = policy.changes_module();
        // The module is an input: the next build has another fingerprint, for the same result.
        sources.inputs = input_files(recipe, sources.logs);
    }
    result.warnings.insert(result.warnings.end(), labels.warnings.begin(), labels.warnings.end());
    result.packages = labels.facts.packages ? labels.facts.packages->size() : 0;
    result.files = labels.facts.inodes;
    result.label_types = labels.facts.label_types.size();
    result.policy = fmt::format("{}, version {}, {}", labels.facts.place.type,
                                labels.facts.policy_version, labels.facts.mode);
    result.local_rules = policy.merged.rules().size() + policy.merged.hidden().size();
    result.next = next_commands(recipe, policy, outputs.directory(), options.update);
    state.remember(
        by_this_program(fingerprint_of(given, sources, bootstrap, options, context)),
        {result.artifacts, policy.changes_module() && !options.update, facts_of(result)});
    return result;
}

} // namespace

Result build(const recipe::Recipe& recipe, const Options& options, const Context& context) {
    if (options.update && !recipe.selinux.denials.module)
        throw Error(ErrorKind::usage, "--update has nothing to write to")
            .hint("name the local module's file with selinux.denials.module in " +
                  recipe.file.string());
    Outputs outputs(options.output, context.interrupt, [&context] {
        context.sink.note("waiting for another build that writes here");
    });
    const auto begun = Clock::now();
    Result result = make(recipe, options, context, outputs);
    result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    return result;
}

} // namespace selns::pipeline
