#include "selns/kernel/build.hpp"

#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/boot/initramfs.hpp"
#include "selns/kernel/policy_version.hpp"
#include "selns/label/apply.hpp"
#include "selns/launch/launch.hpp"
#include "selns/pipeline/assembly.hpp"
#include "selns/pipeline/fingerprint.hpp"
#include "selns/pipeline/images.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/pipeline/module_file.hpp"
#include "selns/pipeline/outputs.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/pipeline/policy_stage.hpp"

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

// One run of build(), stage by stage; each takes the tree on.
class Build {
  public:
    Build(const recipe::Recipe& recipe, const Options& options, const Context& context)
        : given_(recipe), recipe_(recipe), options_(options), context_(context),
          outputs_(options.output, context.interrupt,
                   [&context] { context.sink.note("waiting for another build that writes here"); }),
          state_(context.cache.root(), outputs_.directory(), recipe.name), logs_(log_files(recipe)),
          inputs_(input_files(recipe, logs_)), assembly_(recipe, context) {
        if (options.kernel)
            kernel_ = kernel::find_bundle(context.cache, recipe.launch.kernel);
    }

    Result run();

  private:
    void take_fingerprint();
    bool already_done();
    void bootstrap();
    void compare_with_kernel();
    void make_policy();
    void label();
    void write_launch_files();
    void add_kernel(launch::Inputs& inputs);
    std::map<std::string, std::string> tools() const;
    std::string version_of(const image::Tool& tool) const;
    void publish();
    void publish_kernel();
    void warn(std::string warning);
    std::string bundle_name() const { return recipe_.name + ".kernel"; }
    DenialSummary summarise_denials() const;
    bool update_module(const std::filesystem::path& module);
    void suggest_next(bool module_changed);

    const recipe::Recipe& given_;
    recipe::Recipe recipe_; // with the policy's type, once that is known
    const Options& options_;
    const Context& context_;
    Outputs outputs_;
    OutputState state_;
    std::vector<std::filesystem::path> logs_;
    std::vector<InputFile> inputs_;

    Assembly assembly_;
    bootstrap::Status status_;
    std::string fingerprint_;
    tree::Tree rootfs_;
    std::optional<PolicyStage> policy_;
    container::LabelTable label_table_;
    ImageFacts facts_;
    std::optional<kernel::Bundle> kernel_; // in the cache
    Result result_;
};

Result Build::run() {
    const auto begun = Clock::now();
    result_.name = recipe_.name;
    result_.output = outputs_.directory();
    if (options_.refresh)
        bootstrap();
    if (!already_done()) {
        if (!options_.refresh)
            bootstrap();
        rootfs_ = assembly_.assemble();
        recipe_ = with_policy_type(given_, rootfs_);
        compare_with_kernel();
        make_policy();
        label();
        write_images(rootfs_, recipe_, assembly_.epoch().seconds, outputs_, context_);
        write_launch_files();
        publish();
    }
    result_.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    return std::move(result_);
}

void Build::take_fingerprint() {
    status_ = assembly_.status();
    fingerprint_ =
        fingerprint(given_, inputs_, assembly_.overlay(), status_,
                    kernel_ ? kernel::identity_of(*kernel_) : std::string(), options_, context_);
}

bool Build::already_done() {
    take_fingerprint();
    const auto made = state_.unchanged(fingerprint_);
    // --update still has to write a change of the local module, and --locked to refuse it.
    if (!made || (made->module_changed && (options_.update || options_.locked)))
        return false;
    result_.up_to_date = true;
    result_.artifacts = made->artifacts;
    return true;
}

void Build::bootstrap() {
    assembly_.bootstrap(options_.refresh);
    take_fingerprint();
}

void Build::make_policy() {
    policy_.emplace(recipe_, context_, assembly_.epoch());
    policy_->run(rootfs_, logs_, options_);
    result_.local_rules = policy_->merged().rules().size();
    if (policy_->denials())
        result_.denials = summarise_denials();
}

DenialSummary Build::summarise_denials() const {
    const module::MergeResult& found = *policy_->denials();
    DenialSummary summary;
    summary.records = found.denials.records;
    summary.malformed = found.denials.malformed.count;
    for (const auto& [verdict, count] : found.judged.counts)
        summary.verdicts.emplace_back(verdict::name_of(verdict), count.unique);
    summary.added = added_rules(found);
    summary.refused = refusals(found);
    if (const auto& module = recipe_.selinux.denials.module)
        summary.module = module->value;
    return summary;
}

// Said before the work that it may make useless.
void Build::compare_with_kernel() {
    if (!kernel_)
        return;
    const policy::Place place = policy::find_policy(rootfs_, recipe_.selinux.policy);
    if (auto note = kernel::policy_version_note(kernel_->version, place.version))
        warn(*std::move(note));
}

void Build::warn(std::string warning) {
    context_.sink.warning(warning);
    result_.warnings.push_back(std::move(warning));
}

void Build::label() {
    progress::Step step(context_.sink, "label", "every file, by the image's own file contexts");
    const policy::Place place = policy::find_policy(rootfs_, recipe_.selinux.policy);
    const std::string image = rootfs_.read(place.policy).value_or("");
    const auto db = selinux::PolicyDb::read(image, place.policy);
    const label::Matcher matcher(
        label::read_specifications(rootfs_, place.config + "/contexts", place.split_contexts));
    const std::uint64_t total = rootfs_.size();
    const label::Validator valid = [&db](const std::string& context) {
        return db.valid_context(context);
    };
    const label::Report report = label::apply(rootfs_, matcher, valid, [&](std::uint64_t done) {
        step.advance(done, total, "files");
        context_.interrupt.check();
    });
    label_table_ = container::label_table(matcher, valid);
    for (std::string& warning : label::enforce(report, recipe_.selinux.label))
        warn(std::move(warning));
    facts_ = image_facts(
        rootfs_, place,
        recipe_.selinux.mode == recipe::Mode::enforcing ? "enforcing" : "permissive", db);
    facts_.name = recipe_.name;
    facts_.findings = {{"unmatched", report.unmatched.total},
                       {"none", report.none.total},
                       {"mounted over", report.mounted_over.total},
                       {"invalid", report.invalid.total},
                       {"hard link", report.hardlink.total}};
    if (const auto& packages = assembly_.archive().packages; !facts_.packages && !packages.empty())
        facts_.packages = packages;
    result_.packages = facts_.packages ? facts_.packages->size() : 0;
    result_.files = facts_.inodes;
    result_.label_types = facts_.label_types.size();
    result_.policy = fmt::format("{}, version {}, {}", place.type, db.version(), facts_.mode);
    step.finish(
        fmt::format("{} files, {} types", human_count(report.labelled), facts_.label_types.size()));
}

void Build::write_launch_files() {
    progress::Step step(context_.sink, "launch", "launch files and manifest");
    launch::Inputs inputs;
    inputs.name = recipe_.name;
    inputs.hostname = recipe_.hostname;
    inputs.directory = outputs_.directory().string();
    for (const auto& pending : outputs_.pending())
        inputs.images.push_back(
            {pending.path.filename().string(), pending.kind, pending.size, pending.sha256});
    inputs.policy_type = recipe_.selinux.policy;
    inputs.enforcing = recipe_.selinux.mode == recipe::Mode::enforcing;
    inputs.policy_version = facts_.policy_version;
    if (recipe_.launch.mode == recipe::LaunchMode::namespaced)
        inputs.namespace_loader = launch::PolicyLoader::launcher;
    inputs.labels = label_table_;
    inputs.own_namespace = recipe_.launch.own_namespace;
    inputs.kernel = recipe_.launch.kernel;
    if (kernel_)
        add_kernel(inputs);
    inputs.memory = recipe_.launch.memory;
    inputs.cpus = recipe_.launch.cpus;
    for (const recipe::Workload& workload : recipe_.boot.run)
        inputs.workloads.push_back({workload.command, workload.context});
    std::vector<std::string> names;
    for (const launch::RenderedFile& file : launch::render(inputs)) {
        outputs_.add_text(file.kind, file.name, file.content);
        names.push_back(file.name);
    }
    if (recipe_.selinux.denials.module || policy_->merged().rules().size() > 0)
        outputs_.add_text("module",
                          local_module_name(recipe_) +
                              (policy_->merged().format() == module::Format::te ? ".te" : ".cil"),
                          policy_->merged().str());
    const BuildFacts build{recipe_,
                           fingerprint_,
                           assembly_.epoch(),
                           tools(),
                           inputs_,
                           assembly_.archive().key,
                           assembly_.archive().generation,
                           assembly_.config(),
                           *policy_,
                           outputs_,
                           kernel_};
    const std::string manifest = recipe_.name + ".manifest.json";
    outputs_.add_text("manifest", manifest, build_manifest(facts_, build));
    names.push_back(manifest);
    step.finish(join(names, ", "));
}

// The kernel, and an initramfs when it cannot mount the image without modules.
void Build::add_kernel(launch::Inputs& inputs) {
    inputs.bundle = bundle_name();
    if (!kernel_->modules || !launch::has_machine(inputs))
        return;
    try {
        const auto modules = boot::needed_modules(
            *kernel_->modules, boot::root_modules(launch::disk_image(inputs)->format));
        if (modules.empty())
            return;
        inputs.initramfs = recipe_.name + ".initramfs";
        outputs_.add_text("initramfs", inputs.initramfs, boot::make_initramfs({modules, {}}));
    } catch (const Error& error) {
        context_.sink.warning("the kernel cannot mount the image in a virtual machine: " +
                              error.message());
    }
}

// What decides about the bits of the outputs besides this program and its libraries.
std::map<std::string, std::string> Build::tools() const {
    std::map<std::string, std::string> versions;
    if (const std::string backend = policy_->backend_identity(); !backend.empty())
        versions["policy backend"] = backend;
    for (const auto& [name, value] : status_.inputs)
        if (name == "tools")
            versions["bootstrap"] = value;
    std::vector<std::string> images;
    for (const recipe::Image& image : recipe_.images)
        if (const image::Tool& tool = image.format->tool; !tool.name.empty())
            images.push_back(version_of(tool));
    if (!images.empty())
        versions["image"] = join(images, ", ");
    return versions;
}

// The first line that it says.
std::string Build::version_of(const image::Tool& tool) const {
    std::string said;
    process::Command command;
    command.argv = {std::string(tool.name), std::string(tool.version_option)};
    command.package = tool.package;
    command.on_output = [&said](std::string_view piece) { said += piece; };
    command.on_error_line = [&said](std::string_view line) { said += std::string(line) + '\n'; };
    context_.runner.run(command);
    return said.substr(0, said.find('\n'));
}

void Build::publish() {
    state_.forget();
    publish_kernel();
    auto artifacts = outputs_.publish();
    result_.artifacts.insert(result_.artifacts.begin(), artifacts.begin(), artifacts.end());
    const auto& module = recipe_.selinux.denials.module;
    const bool changed = !policy_->merged().same_statements(policy_->before());
    if (options_.update && update_module(module->value)) {
        if (result_.denials)
            result_.denials->updated = changed;
        // The module is an input: the next build has another fingerprint, for the same result.
        inputs_ = input_files(recipe_, logs_);
        take_fingerprint();
    }
    state_.remember(fingerprint_, {result_.artifacts, changed && !options_.update});
    suggest_next(changed);
}

// Before the files that name it.
void Build::publish_kernel() {
    if (!kernel_)
        return;
    const auto directory = outputs_.directory() / bundle_name();
    const bool there =
        kernel::is_bundle(directory) &&
        kernel::identity_of(kernel::open_bundle(directory)) == kernel::identity_of(*kernel_);
    if (!there) {
        progress::Step step(context_.sink, "kernel", recipe_.launch.kernel);
        kernel::place_bundle(*kernel_, directory);
        step.finish(bundle_name() + ", " + kernel_->version);
    }
    result_.artifacts.push_back({"kernel", directory, tree_size(directory)});
}

// Others may have written to the module since it was read: what the logs ask for is merged into
// what is there now.
bool Build::update_module(const std::filesystem::path& module) {
    ModuleFile file(module, context_.interrupt, [this] {
        context_.sink.note("waiting for another run that writes the local module");
    });
    module::LocalModule merged = file.module();
    if (const auto& found = policy_->denials())
        merged.merge(module::rules_of(found->judged));
    return !merged.empty() && file.write(merged);
}

void Build::suggest_next(bool module_changed) {
    if (module_changed && !options_.update && recipe_.selinux.denials.module)
        result_.next.push_back(process::display({"selns-build", as_typed(recipe_.file), "-o",
                                                 as_typed(outputs_.directory()), "--update"}));
    const auto& found = policy_->denials();
    if (found && std::ranges::any_of(found->judged.counts, [](const auto& entry) {
            return !verdict::is_settled(entry.first);
        }))
        result_.next.push_back(process::display(
            {"selns-build", "denials", "explain", "--recipe", as_typed(recipe_.file)}));
    result_.next.push_back(
        process::display({"selns-build", "show", as_typed(outputs_.directory())}));
}

} // namespace

Result build(const recipe::Recipe& recipe, const Options& options, const Context& context) {
    if (options.update && !recipe.selinux.denials.module)
        throw Error(ErrorKind::usage, "--update has nothing to write to")
            .hint("name the local module's file with selinux.denials.module in " +
                  recipe.file.string());
    return Build(recipe, options, context).run();
}

} // namespace selns::pipeline
