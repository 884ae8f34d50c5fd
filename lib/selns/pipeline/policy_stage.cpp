#include "selns/pipeline/policy_stage.hpp"

#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/denials/base_policy.hpp"
#include "selns/pipeline/inputs.hpp"

#include <fmt/format.h>

namespace selns::pipeline {

namespace {

constexpr const char* result_name = "policy.tar";

denials::LocalModule read_local_module(const recipe::Recipe& recipe) {
    const auto& module = recipe.selinux.denials.module;
    if (!module || !std::filesystem::exists(module->value))
        return {};
    return denials::LocalModule::parse(read_file(module->value), module->value.string());
}

std::string describe_counts(const denials::MergeResult& result) {
    if (result.records == 0)
        return "no denials";
    std::string text = human_count(result.records) + (result.records == 1 ? " record" : " records");
    for (const auto& [verdict, count] : result.counts)
        text += fmt::format(", {} {}", human_count(count.unique), denials::name_of(verdict));
    return text;
}

} // namespace

PolicyStage::PolicyStage(const recipe::Recipe& recipe, const Context& context,
                         tree::Timestamp mtime)
    : recipe_(recipe), context_(context), mtime_(mtime),
      backend_(policy::host_backend(context.interrupt)), before_(read_local_module(recipe)),
      merged_(before_) {}

void PolicyStage::run(tree::Tree& rootfs, const std::vector<std::filesystem::path>& logs,
                      bool locked) {
    policy::Changes changes = base_changes(recipe_);
    if (!logs.empty()) {
        commit(rootfs, changes, "the base policy, to judge denials against");
        changes = {};
        judge(rootfs, logs);
        if (locked)
            refuse_changes();
    }
    if (!merged_.same_statements(denials::LocalModule())) {
        const auto& file = recipe_.selinux.denials.module;
        const std::string name = local_module_name(recipe_);
        changes.modules.push_back(
            {name, "cil", merged_.str(), {file ? file->value.string() : name + ".cil"}});
    }
    const bool base_is_final = !logs.empty() && changes.modules.empty();
    if (!base_is_final)
        commit(rootfs, changes, "the image's policy");
}

void PolicyStage::commit(tree::Tree& rootfs, const policy::Changes& changes,
                         const std::string& what) {
    progress::Step step(context_.sink, "policy", what);
    const policy::Place place = policy::find_place(rootfs, recipe_.selinux.policy);
    const cache::Inputs inputs = policy::commit_inputs(rootfs, place, changes, *backend_);
    const std::string key = cache::key_of("policy", inputs);
    cache::Store::MakeOptions options;
    options.on_wait = [&step] { step.detail("waiting for another build that makes it"); };
    const cache::Entry entry = context_.cache.make(
        "policy", key, {recipe_.name, inputs},
        [&](const std::filesystem::path& staging) {
            backend_->commit(rootfs, place, changes, staging / result_name, step);
        },
        options);
    policy::take_over(rootfs, place, entry.directory / result_name, mtime_);
    const policy::Place now = policy::find_place(rootfs, recipe_.selinux.policy);
    const std::string modules =
        changes.modules.empty()
            ? std::string("no module added")
            : fmt::format("{} added", changes.modules.size() == 1
                                          ? "1 module"
                                          : fmt::format("{} modules", changes.modules.size()));
    step.finish(fmt::format("{}, version {}, {}", now.type, now.version, modules), !entry.made);
}

void PolicyStage::judge(const tree::Tree& rootfs, const std::vector<std::filesystem::path>& logs) {
    progress::Step step(context_.sink, "denials",
                        logs.size() == 1 ? "1 log" : fmt::format("{} logs", logs.size()));
    const policy::Place place = policy::find_place(rootfs, recipe_.selinux.policy);
    const std::string image = rootfs.read(place.policy).value_or("");
    base_policy_ = sha256(image);
    const auto db = selinux::PolicyDb::read(image, place.policy);
    const selinux::AccessVectors vectors(image, place.policy);
    denials_ =
        denials::merge_logs(logs, before_, denials::BasePolicy(db, vectors), context_.interrupt);
    merged_ = denials_->module;
    step.finish(describe_counts(*denials_));
}

void PolicyStage::refuse_changes() const {
    if (merged_.same_statements(before_))
        return;
    std::string rules;
    for (const auto& caused : denials_->changes)
        rules += (rules.empty() ? "" : "\n") +
                 denials::to_cil(caused.change.triple, caused.change.added);
    const auto& file = recipe_.selinux.denials.module;
    throw Error(ErrorKind::failed,
                "the denial logs would change " +
                    (file ? file->value.string() : std::string("the local module")) +
                    ", and --locked forbids it")
        .hint(rules + "\nbuild with --update, review the change and commit it");
}

} // namespace selns::pipeline
