#include "selns/pipeline/plan.hpp"

#include "selns/base/text.hpp"
#include "selns/bootstrap/bootstrap.hpp"
#include "selns/kernel/build.hpp"
#include "selns/kernel/policy_version.hpp"
#include "selns/launch/launch.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/pipeline/policy_plan.hpp"
#include "selns/pipeline/root.hpp"

#include <fmt/format.h>

#include <utility>

namespace selns::pipeline {

namespace {

std::string origin(const Location& at) {
    if (!at.known())
        return "default";
    Location place = at;
    place.file = std::filesystem::path(at.file).filename().string();
    return place.str();
}

// Where the recipe says KEY.
std::string origin(const recipe::Recipe& recipe, const std::string& key) {
    const auto place = recipe.places.find(key);
    return place == recipe.places.end() ? "default" : origin(place->second);
}

std::string text_of(const std::string& value) {
    return value;
}
std::string text_of(const recipe::Path& value) {
    return value.filename().string();
}

// A list as one input for each file that contributes to it.
template <typename T>
void add_list(PlanStage& stage, const std::string& name,
              const std::vector<recipe::Located<T>>& list) {
    const Location* last = nullptr;
    for (const auto& item : list) {
        if (last != nullptr && last->file == item.at.file)
            stage.inputs.back().value += " " + text_of(item.value);
        else
            stage.inputs.push_back({name, text_of(item.value), origin(item.at)});
        last = &item.at;
    }
}

PlanStage bootstrap_stage(const recipe::Recipe& recipe) {
    const std::string maker(recipe::maker(recipe.from.source()));
    PlanStage stage{
        "bootstrap", recipe::describe(recipe.from) + (maker.empty() ? "" : " by ") + maker, {}};
    for (const recipe::Fact& fact : recipe::facts(recipe.from))
        stage.inputs.push_back({fact.name, fact.value, origin(recipe, fact.key)});
    add_list(stage, "packages", recipe.packages);
    add_list(stage, "local packages", recipe.local_packages);
    for (const auto& repository : recipe.repositories) {
        const std::string suite = repository.suite.empty() ? "" : " " + repository.suite;
        stage.inputs.push_back({"repository", repository.uri + suite, origin(repository.at)});
    }
    for (const auto& command : recipe.commands)
        stage.inputs.push_back({"command", command.value, origin(command.at)});
    return stage;
}

PlanStage tree_stage(const recipe::Recipe& recipe) {
    PlanStage stage{"tree", "files put over it, hostname, root's password", {}};
    stage.inputs.push_back(
        {"hostname", recipe.hostname,
         origin(recipe, recipe.places.contains("hostname") ? "hostname" : "name")});
    for (const auto& file : recipe.files)
        stage.inputs.push_back(
            {"file", file.target + (file.source ? " from " + file.source->value.string() : ""),
             origin(file.at)});
    return stage;
}

PlanStage policy_stage(const recipe::Recipe& recipe) {
    const auto& selinux = recipe.selinux;
    PlanStage stage{"policy", "modules, booleans and file contexts, in a sandbox", {}};
    stage.inputs = {{"policy", selinux.policy.empty() ? "the image's own" : selinux.policy,
                     origin(recipe, "selinux.policy")},
                    {"mode", selinux.mode == recipe::Mode::enforcing ? "enforcing" : "permissive",
                     origin(recipe, "selinux.mode")}};
    if (const auto& from = selinux.policy_from; from && (from->archive || from->directory)) {
        const auto& source = from->archive ? *from->archive : *from->directory;
        stage.inputs.push_back({"policy from", source.value.string(), origin(source.at)});
    }
    for (const auto& module : selinux.modules)
        stage.inputs.push_back({"module", module.value.string(), origin(module.at)});
    for (const auto& [name, value] : selinux.booleans)
        stage.inputs.push_back(
            {"boolean", name + (value.value ? " on" : " off"), origin(value.at)});
    for (const auto& entry : selinux.file_contexts)
        stage.inputs.push_back({"file context", entry.value, origin(entry.at)});
    return stage;
}

PlanStage denials_stage(const recipe::Recipe& recipe) {
    const auto& denials = recipe.selinux.denials;
    PlanStage stage{"denials", "logs judged against the base policy, merged into the module", {}};
    if (denials.module)
        stage.inputs.push_back(
            {"module", denials.module->value.string(), origin(denials.module->at)});
    for (const auto& log : denials.logs)
        stage.inputs.push_back({"logs", log.value, origin(log.at)});
    return stage;
}

PlanStage image_stage(const recipe::Recipe& recipe) {
    PlanStage stage{"image", "written, read back and compared", {}};
    for (const auto& image : recipe.images)
        stage.inputs.push_back({std::string(image.format->name),
                                image.size ? human_size(*image.size) : "size by content",
                                origin(image.at)});
    return stage;
}

std::string why_not(const std::optional<std::vector<cache::Change>>& changes) {
    if (!changes)
        return "never built";
    std::vector<std::string> words;
    for (const cache::Change& change : *changes)
        words.push_back(change.name + (!change.before  ? " is new"
                                       : !change.after ? " is gone"
                                                       : " changed"));
    return words.empty() ? "the entry is damaged" : join(words, ", ");
}

PlanStage* find(Plan& plan, const std::string& name) {
    for (PlanStage& stage : plan.stages)
        if (stage.name == name)
            return &stage;
    return nullptr;
}

void set(PlanStage* stage, Freshness freshness, std::string why) {
    if (stage == nullptr)
        return;
    stage->freshness = freshness;
    stage->why = std::move(why);
}

// The base or only commit, of which KNOWN is known.
void resolve_policy(Plan& plan, const std::string& name, const PolicyPlan& known,
                    const cache::Store& cache) {
    PlanStage* const stage = find(plan, "policy");
    if (known.inputs.empty())
        return set(stage, Freshness::cached, "taken as it is: it has no store");
    stage->inputs.push_back(
        {"version", fmt::format("{}, by {}", known.version, known.backend), "the archive"});
    if (cache.find("policy", cache::key_of("policy", known.inputs)))
        set(stage, Freshness::cached, "the base policy is cached");
    else
        set(stage, Freshness::due, why_not(cache.explain("policy", name, known.inputs)));
}

} // namespace

Plan make_plan(const recipe::Recipe& recipe, const std::filesystem::path& output) {
    Plan plan;
    plan.recipe = recipe.file.string();
    plan.name = recipe.name;
    plan.stages = {bootstrap_stage(recipe), tree_stage(recipe), policy_stage(recipe)};
    if (recipe.selinux.denials.module || !recipe.selinux.denials.logs.empty())
        plan.stages.push_back(denials_stage(recipe));
    plan.stages.push_back(
        {"label", "every file, by the image's own file contexts", {}, Freshness::unknown, {}});
    plan.stages.push_back(image_stage(recipe));
    plan.stages.push_back({"launch",
                           "launch files and manifest",
                           {{"kernel", recipe.launch.kernel, origin(recipe, "launch.kernel")}},
                           Freshness::unknown,
                           {}});
    for (const auto& image : recipe.images)
        plan.outputs.push_back(output / (recipe.name + "." + std::string(image.format->name)));
    for (const std::string& name : launch::file_names(recipe.name))
        plan.outputs.push_back(output / name);
    plan.outputs.push_back(output / (recipe.name + manifest_suffix));
    if (recipe.selinux.denials.module)
        plan.outputs.push_back(output / (local_module_name(recipe) + ".cil"));
    return plan;
}

void resolve(Plan& plan, const recipe::Recipe& recipe, const Context& context) {
    const RootSource root(recipe, context);
    const auto status = root.status();
    std::optional<unsigned> policy_version;
    if (!status.entry) {
        set(find(plan, "bootstrap"), Freshness::due, why_not(status.changes));
        set(find(plan, "policy"), Freshness::due, "after bootstrap");
    } else {
        set(find(plan, "bootstrap"), Freshness::cached,
            "made " + utc_time(status.entry->record.created));
        const PolicyPlan policy =
            policy_plan(recipe, root.overlay(), bootstrap::archive_of(*status.entry), context);
        policy_version = policy.version;
        resolve_policy(plan, recipe.name, policy, context.cache);
    }
    if (const auto bundle = kernel::find_bundle(context.cache, recipe.launch.kernel)) {
        find(plan, "launch")->inputs.push_back({"kernel bundle", bundle->version, "the cache"});
        plan.outputs.push_back(plan.outputs.front().parent_path() / (recipe.name + ".kernel"));
        if (const auto note =
                kernel::policy_version_note(bundle->version, policy_version.value_or(0)))
            find(plan, "launch")->inputs.push_back({"note", *note, ""});
    }
    for (const char* name : {"tree", "denials", "label", "image", "launch"})
        set(find(plan, name), Freshness::due, "made in every build that has something to do");
}

} // namespace selns::pipeline
