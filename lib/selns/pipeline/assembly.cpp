#include "selns/pipeline/assembly.hpp"

#include "selns/base/text.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/pipeline/prepare.hpp"
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

} // namespace

Assembly::Assembly(const recipe::Recipe& recipe, const Context& context)
    : recipe_(recipe), context_(context),
      overlay_(files_overlay(recipe, context.epoch ? tree::Timestamp{*context.epoch, 0} : now())),
      options_{context.epoch, &overlay_},
      job_(bootstrap::make_job(recipe, options_, context.runner, context.cache)) {}

bootstrap::Status Assembly::status() const {
    return bootstrap::status(*job_, recipe_.name, context_.cache);
}

void Assembly::bootstrap(bool refresh) {
    const std::size_t packages = recipe_.packages.size() + recipe_.local_packages.size();
    std::string what = recipe::describe(recipe_.from);
    if (recipe_.from.source().is_distribution())
        what += fmt::format(", {} packages and what they need", packages);
    else if (packages > 0)
        what += fmt::format(", {} packages besides", packages);
    progress::Step step(context_.sink, "bootstrap", what);
    archive_ =
        bootstrap::bootstrap(*job_, recipe_.name, refresh, context_.runner, context_.cache, step);
    step.finish(human_size(std::filesystem::file_size(archive_.file)), archive_.cached);
}

tree::Tree Assembly::assemble() {
    progress::Step step(context_.sink, "tree", "reading the archive, putting files over it");
    tree::Tree rootfs = tree::read_archive(archive_.file);
    epoch_ = context_.epoch ? tree::Timestamp{*context_.epoch, 0} : newest_mtime(rootfs);
    if (recipe_.commands.empty())
        tree::overlay(rootfs, files_overlay(recipe_, epoch_), "/");
    configure(rootfs, recipe_, epoch_);
    give_policy(rootfs, recipe_, context_);
    const std::string type = policy_type(recipe_, rootfs);
    if (type != policy::android_type)
        policy::write_config(
            rootfs,
            {type, recipe_.selinux.mode == recipe::Mode::enforcing ? "enforcing" : "permissive"},
            epoch_);
    step.finish(human_count(rootfs.size()) + " files");
    return rootfs;
}

} // namespace selns::pipeline
