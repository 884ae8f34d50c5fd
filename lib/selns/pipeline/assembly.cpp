#include "selns/pipeline/assembly.hpp"

#include "selns/base/text.hpp"
#include "selns/pipeline/prepare.hpp"
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
    progress::Step step(context_.sink, "bootstrap",
                        fmt::format("{}, {} packages and what they need",
                                    recipe::describe(recipe_.from),
                                    recipe_.packages.size() + recipe_.local_packages.size()));
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
    policy::write_config(rootfs,
                         {recipe_.selinux.policy, recipe_.selinux.mode == recipe::Mode::enforcing
                                                      ? "enforcing"
                                                      : "permissive"},
                         epoch_);
    step.finish(human_count(rootfs.size()) + " files");
    return rootfs;
}

} // namespace selns::pipeline
