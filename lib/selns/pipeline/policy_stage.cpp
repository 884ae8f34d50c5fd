#include "selns/pipeline/policy_stage.hpp"

#include "selns/base/diagnostics.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/pipeline/denial_logs.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/pipeline/module_file.hpp"
#include "selns/pipeline/module_review.hpp"
#include "selns/pipeline/policy_work.hpp"
#include "selns/pipeline/verdict_base.hpp"
#include "selns/policy/android.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace selns::pipeline {

namespace {

std::string describe(const module::MergeResult& result) {
    if (result.denials.records == 0)
        return "no denials";
    std::string text = human_count(result.denials.records) +
                       (result.denials.records == 1 ? " record" : " records");
    for (const auto& [verdict, count] : result.judged.counts)
        text += fmt::format(", {} {}", human_count(count.unique),
                            verdict == verdict::Verdict::allow ? "made into rules"
                                                               : verdict::name_of(verdict));
    return text;
}

class PolicyStage {
  public:
    PolicyStage(tree::Tree& rootfs, const recipe::Recipe& recipe, const Context& context,
                tree::Timestamp mtime)
        : rootfs_(rootfs), recipe_(recipe), context_(context), mtime_(mtime),
          work_(context, recipe.selinux.policy, recipe.name, tools_of(recipe)) {
        if (const auto& module = recipe.selinux.denials.module)
            result_.before = read_module(module->value);
        result_.merged = result_.before;
    }

    PolicyResult run(const std::vector<std::filesystem::path>& logs, const Options& options);

  private:
    void review(const policy::Changes& changes);
    void check_workloads() const;
    void judge(const std::vector<std::filesystem::path>& logs, std::string neverallows);
    void refuse_changes() const;
    void refuse_policy_work(const std::vector<std::filesystem::path>& logs) const;
    policy::Module local_module() const;

    tree::Tree& rootfs_;
    const recipe::Recipe& recipe_;
    const Context& context_;
    tree::Timestamp mtime_;
    PolicyWork work_;
    PolicyResult result_;
};

PolicyResult PolicyStage::run(const std::vector<std::filesystem::path>& logs,
                              const Options& options) {
    if (!policy::has_store(rootfs_, policy::find_policy(rootfs_, work_.type()))) {
        refuse_policy_work(logs);
        return std::move(result_);
    }
    warn_of_missing_logs(recipe_, context_.sink);
    result_.container_module = container_module(recipe_, rootfs_);
    policy::Changes changes = base_changes(recipe_, result_.container_module);
    review(changes);
    // Step by step, whether or not there are logs: the same local module gives the same bits.
    if (logs.empty()) {
        const bool final = result_.merged.empty() && !options.show_dontaudit;
        work_.make_base(rootfs_, std::move(changes),
                        final ? "the image's policy" : "the base policy", mtime_, false);
    } else {
        judge(logs, work_.make_base(rootfs_, std::move(changes),
                                    "the base policy, to judge denials against", mtime_, true));
        if (options.locked)
            refuse_changes();
    }
    check_workloads();
    policy::Changes last;
    if (!result_.merged.empty())
        last.modules.push_back(local_module());
    last.show_dontaudit = options.show_dontaudit;
    if (last.show_dontaudit) {
        work_.prepare(rootfs_, last.modules);
        work_.commit(rootfs_, last, "the image's policy", mtime_);
    } else {
        work_.add(rootfs_, std::move(last.modules), "the local module", mtime_);
    }
    result_.backend = work_.backend_identity();
    return std::move(result_);
}

// A context that the policy does not define would be told by the first boot.
void PolicyStage::check_workloads() const {
    const bool any = std::ranges::any_of(recipe_.boot.run, [](const recipe::Workload& workload) {
        return !workload.context.empty();
    });
    if (!any)
        return;
    const policy::Place place = policy::find_place(rootfs_, work_.type());
    const auto db = selinux::PolicyDb::read(rootfs_.read(place.policy).value_or(""), place.policy);
    Diagnostics problems;
    for (std::size_t i = 0; i < recipe_.boot.run.size(); ++i) {
        const recipe::Workload& workload = recipe_.boot.run[i];
        if (!workload.context.empty() && !db.valid_context(workload.context))
            problems.add(workload.at, fmt::format("boot.run[{}].context: the policy has no context "
                                                  "{}",
                                                  i, printable(workload.context)));
    }
    problems.throw_if_any();
}

// Labels can be made all the same.
void PolicyStage::refuse_policy_work(const std::vector<std::filesystem::path>& logs) const {
    const recipe::Selinux& selinux = recipe_.selinux;
    const bool namespaced = recipe_.launch.mode == recipe::LaunchMode::namespaced;
    const char* wanted = !selinux.modules.empty()                   ? "selinux.modules"
                         : !selinux.booleans.empty()                ? "selinux.booleans"
                         : !selinux.file_contexts.empty()           ? "selinux.file_contexts"
                         : !logs.empty() || !result_.merged.empty() ? "selinux.denials"
                         : namespaced                               ? "launch.mode: namespace"
                                                                    : nullptr;
    if (wanted != nullptr)
        throw Error(ErrorKind::invalid_input,
                    fmt::format("{} needs a policy store, and the image's policy \"{}\" has none",
                                wanted, work_.type()))
            .hint(work_.type() == policy::android_type
                      ? "Android's policy is compiled where Android is built; labels can be made"
                      : "selinux.policy_from gives the image a policy with a store");
}

// The recipe's own modules and the local one, against the image's policy as it comes. What a build
// itself adds is not meant.
void PolicyStage::review(const policy::Changes& changes) {
    std::vector<policy::Module> modules = changes.modules;
    if (result_.container_module)
        std::erase_if(modules, [](const policy::Module& module) {
            return module.name == container::PolicyModule::name;
        });
    if (modules.empty() && result_.before.empty())
        return;
    const policy::Place place = policy::find_place(rootfs_, work_.type());
    const VerdictBase base(rootfs_, place, work_.neverallows(rootfs_));
    const auto& local = recipe_.selinux.denials.module;
    const auto objections =
        review_modules(modules, local ? local->value : std::filesystem::path(), base.policy(),
                       pipeline::preferences_of(recipe_.selinux.denials), context_);
    Diagnostics broken;
    std::vector<module::Objection> guarded;
    for (const module::Objection& objection : objections)
        if (objection.verdict == verdict::Verdict::neverallow)
            broken.add(objection.at, "the policy forbids it: " + pipeline::text_of(objection));
        else
            guarded.push_back(objection);
    pipeline::warn_of(guarded, context_.sink);
    broken.throw_if_any();
}

void PolicyStage::judge(const std::vector<std::filesystem::path>& logs, std::string neverallows) {
    progress::Step step(context_.sink, "denials",
                        logs.size() == 1 ? "1 log" : fmt::format("{} logs", logs.size()));
    const policy::Place place = policy::find_place(rootfs_, work_.type());
    const VerdictBase base(rootfs_, place, std::move(neverallows));
    const recipe::Denials& denials = recipe_.selinux.denials;
    auto found = read_logs({pipeline::selection_of(denials.select), base.expected(), denials.trust},
                           logs, false, context_, step);
    result_.denials = module::merge_denials(std::move(found), result_.before, base.policy(),
                                            pipeline::preferences_of(recipe_.selinux.denials));
    result_.base_sha256 = sha256(rootfs_.read(place.policy).value_or(""));
    result_.merged = result_.denials->module;
    step.finish(describe(*result_.denials));
    warn_of(result_.denials->denials, context_.sink);
    warn_of(result_.denials->left_out, context_.sink);
    base.warn_of_unknown(context_.sink);
}

policy::Module PolicyStage::local_module() const {
    const std::string name = local_module_name(recipe_);
    const auto& module = recipe_.selinux.denials.module;
    const std::filesystem::path file =
        module ? module->value : std::filesystem::path(name + ".cil");
    const bool te = result_.merged.format() == module::Format::te;
    return {name, te ? "te" : "cil", result_.merged.str(), {file.string()}};
}

void PolicyStage::refuse_changes() const {
    if (!result_.denials->changes_module())
        return;
    const auto& file = recipe_.selinux.denials.module;
    throw Error(ErrorKind::failed,
                "the denial logs would change " +
                    (file ? file->value.string() : std::string("the local module")) +
                    ", and --locked forbids it")
        .hint(join(added_rules(*result_.denials), "\n") +
              "\nbuild with --update, review the change and commit it");
}

} // namespace

PolicyResult make_policy(tree::Tree& rootfs, const recipe::Recipe& recipe,
                         const std::vector<std::filesystem::path>& logs, const Options& options,
                         tree::Timestamp mtime, const Context& context) {
    return PolicyStage(rootfs, recipe, context, mtime).run(logs, options);
}

} // namespace selns::pipeline
