#include "selns/pipeline/root.hpp"

#include "selns/base/text.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/pipeline/preflight.hpp"
#include "selns/pipeline/prepare.hpp"
#include "selns/pipeline/room.hpp"
#include "selns/policy/android.hpp"
#include "selns/policy/place.hpp"
#include "selns/tree/archive.hpp"

#include <fmt/format.h>

#include <chrono>

namespace selns::pipeline {

namespace {

tree::Timestamp now() {
    return {std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()), 0};
}

std::string describe(const recipe::Recipe& recipe) {
    const std::size_t packages = recipe.packages.size() + recipe.local_packages.size();
    const std::string from = recipe::describe(recipe.from);
    if (recipe.from.source().is_distribution())
        return from + fmt::format(", {} packages and what they need", packages);
    return packages > 0 ? from + fmt::format(", {} packages besides", packages) : from;
}

} // namespace

RootSource::RootSource(const recipe::Recipe& recipe, const Context& context)
    : recipe_(recipe), context_(context),
      overlay_(files_overlay(recipe, context.epoch ? tree::Timestamp{*context.epoch, 0} : now())),
      options_{context.epoch, &overlay_, context.offline},
      job_(bootstrap::make_job(recipe, options_, context.runner, context.cache)) {}

bootstrap::Status RootSource::status() const {
    return bootstrap::status(*job_, recipe_.name, context_.cache);
}

bootstrap::Archive RootSource::archive(bool refresh, Checks checks) const {
    const bool cached = status().entry.has_value();
    if (!cached || checks == Checks::always)
        preflight(recipe_, context_);
    if (!cached)
        require_room_for_root(recipe_, context_.cache.root());
    progress::Step step(context_.sink, "bootstrap", describe(recipe_));
    bootstrap::Archive archive =
        bootstrap::bootstrap(*job_, recipe_.name, refresh, context_.runner, context_.cache, step);
    step.finish(human_size(std::filesystem::file_size(archive.file)), archive.cached);
    return archive;
}

Root assemble(const recipe::Recipe& recipe, const bootstrap::Archive& archive,
              const Context& context) {
    Root root{bootstrap::read(archive, context.cache), {}};
    root.epoch = context.epoch ? tree::Timestamp{*context.epoch, 0} : newest_mtime(root.tree);
    if (recipe.commands.empty())
        tree::overlay(root.tree, files_overlay(recipe, root.epoch), "/");
    configure(root.tree, recipe, root.epoch);
    give_policy(root.tree, recipe, context);
    const std::string type = policy_type(recipe, root.tree);
    if (type != policy::android_type)
        policy::write_config(
            root.tree,
            {type, recipe.selinux.mode == recipe::Mode::enforcing ? "enforcing" : "permissive"},
            root.epoch);
    return root;
}

Root read_root(const recipe::Recipe& recipe, const bootstrap::Archive& archive,
               const Context& context) {
    progress::Step step(context.sink, "tree", "reading the archive, putting files over it");
    Root root = assemble(recipe, archive, context);
    step.finish(human_count(root.tree.size()) + " files");
    return root;
}

} // namespace selns::pipeline
