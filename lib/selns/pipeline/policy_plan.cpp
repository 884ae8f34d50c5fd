#include "selns/pipeline/policy_plan.hpp"

#include "selns/cache/derived.hpp"
#include "selns/json/json.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/module_source.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/pipeline/root.hpp"
#include "selns/policy/backend.hpp"
#include "selns/policy/plain_modules.hpp"

#include <nlohmann/json.hpp>

namespace selns::pipeline {

namespace {

using Json = nlohmann::ordered_json;

PolicyPlan find_out(const recipe::Recipe& given, const bootstrap::Archive& archive,
                    const Context& context) {
    const tree::Tree rootfs = assemble(given, archive, context).tree;
    const recipe::Recipe recipe = with_policy_type(given, rootfs);
    const policy::Place place = policy::find_policy(rootfs, recipe.selinux.policy);
    if (!policy::has_store(rootfs, place))
        return {place.version, {}, {}};
    const auto backend = policy::backend_for(rootfs, place, tools_of(recipe), context.interrupt);
    policy::Changes changes = base_changes(recipe, container_module(recipe, rootfs));
    prepare_modules(changes.modules, rootfs, place, context);
    policy::take_plain(rootfs, place, changes);
    return {place.version, backend->name(),
            policy::commit_inputs(rootfs, place, changes, *backend)};
}

std::string json_of(const PolicyPlan& plan) {
    return Json{{"version", plan.version}, {"backend", plan.backend}, {"inputs", plan.inputs}}.dump(
        -1, ' ', false, Json::error_handler_t::replace);
}

PolicyPlan from_json(const std::string& text) {
    const json::Value value = json::parse(text, "the cache");
    PolicyPlan plan{
        static_cast<unsigned>(value.at("version").number()), value.at("backend").text(), {}};
    for (const json::Value& input : value.at("inputs").list())
        plan.inputs.emplace_back(input.texts().at(0), input.texts().at(1));
    return plan;
}

} // namespace

PolicyPlan policy_plan(const recipe::Recipe& recipe, const tree::Tree& overlay,
                       const bootstrap::Archive& archive, const Context& context) {
    cache::Inputs inputs = base_policy_inputs(recipe, overlay, archive);
    inputs.emplace_back("libraries", policy::host_backend(context.interrupt)->identity());
    inputs.emplace_back("tools of the image", tools_of(recipe).allowed ? "may run" : "may not run");
    for (auto& value : recipe_values(recipe))
        inputs.push_back(std::move(value));
    return from_json(cache::derived(context.cache, "plan", {recipe.name, inputs},
                                    [&] { return json_of(find_out(recipe, archive, context)); }));
}

} // namespace selns::pipeline
