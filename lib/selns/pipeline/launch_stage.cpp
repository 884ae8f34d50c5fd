#include "selns/pipeline/launch_stage.hpp"

namespace selns::pipeline {

launch::Inputs launch_inputs(const recipe::Recipe& recipe, const LabelResult& labels) {
    launch::Inputs inputs;
    inputs.name = recipe.name;
    inputs.hostname = recipe.hostname;
    inputs.policy_type = recipe.selinux.policy;
    inputs.enforcing = recipe.selinux.mode == recipe::Mode::enforcing;
    inputs.policy_version = labels.facts.policy_version;
    if (recipe.launch.mode == recipe::LaunchMode::namespaced)
        inputs.namespace_loader = launch::PolicyLoader::launcher;
    inputs.labels = labels.table;
    inputs.own_namespace = recipe.launch.own_namespace;
    inputs.kernel = recipe.launch.kernel;
    inputs.memory = recipe.launch.memory;
    inputs.cpus = recipe.launch.cpus;
    for (const recipe::Workload& workload : recipe.boot.run)
        inputs.workloads.push_back({workload.command, workload.context});
    return inputs;
}

} // namespace selns::pipeline
