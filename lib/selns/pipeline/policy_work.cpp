#include "selns/pipeline/policy_work.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/pipeline/module_source.hpp"
#include "selns/policy/plain_modules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace selns::pipeline {

namespace {

constexpr const char* commit_name = "policy.tar";

std::string describe(const policy::Changes& changes) {
    std::string text = "no module added";
    if (!changes.modules.empty())
        text = fmt::format("{} added", changes.modules.size() == 1
                                           ? "1 module"
                                           : fmt::format("{} modules", changes.modules.size()));
    if (!changes.removed.empty())
        text += ", without " + join(changes.removed, ", ");
    return changes.show_dontaudit ? text + ", without dontaudit rules" : text;
}

} // namespace

PolicyWork::PolicyWork(const Context& context, std::string type, std::string owner,
                       policy::ToolsFrom tools)
    : context_(context), type_(std::move(type)), owner_(std::move(owner)),
      tools_(std::move(tools)) {}

policy::Backend& PolicyWork::backend(const tree::Tree& rootfs, const policy::Place& place) {
    if (!backend_)
        backend_ = policy::backend_for(rootfs, place, tools_, context_.interrupt);
    return *backend_;
}

void PolicyWork::at_its_place(const std::function<void()>& work) const {
    try {
        work();
    } catch (Error& error) {
        if (error.kind() == ErrorKind::invalid_input && !error.location().known())
            error.at(tools_.at);
        throw;
    }
}

void PolicyWork::commit(tree::Tree& rootfs, const policy::Changes& changes, const std::string& what,
                        tree::Timestamp mtime) {
    progress::Step step(context_.sink, "policy", what);
    const policy::Place place = policy::find_place(rootfs, type_);
    policy::Backend& backend = this->backend(rootfs, place);
    const cache::Inputs inputs = policy::commit_inputs(rootfs, place, changes, backend);
    cache::Store::MakeOptions options;
    options.on_wait = [&step] { step.detail("waiting for another build that makes it"); };
    const cache::Entry entry = context_.cache.make(
        "policy", cache::key_of("policy", inputs), {owner_, inputs},
        [&](const std::filesystem::path& staging) {
            at_its_place(
                [&] { backend.commit(rootfs, place, changes, staging / commit_name, step); });
        },
        options);
    policy::take_over(rootfs, place, entry.directory / commit_name, mtime);
    const policy::Place now = policy::find_place(rootfs, type_);
    step.finish(fmt::format("{}, version {}, {}", now.type, now.version, describe(changes)),
                !entry.made);
}

void PolicyWork::prepare(const tree::Tree& rootfs, std::vector<policy::Module>& modules) const {
    prepare_modules(modules, rootfs, policy::find_place(rootfs, type_), context_);
}

void PolicyWork::add(tree::Tree& rootfs, std::vector<policy::Module> modules,
                     const std::string& what, tree::Timestamp mtime) {
    if (modules.empty())
        return;
    const policy::Place place = policy::find_place(rootfs, type_);
    prepare(rootfs, modules);
    if (std::ranges::all_of(modules, [&](const policy::Module& module) {
            return policy::is_plain(rootfs, place, module);
        })) {
        const std::string why = policy::add_plain_modules(rootfs, place, modules, mtime);
        if (why.empty()) {
            progress::Step step(context_.sink, "policy", what);
            step.finish(modules.size() == 1
                            ? "1 module of rules, not compiled"
                            : fmt::format("{} modules of rules, not compiled", modules.size()));
            return;
        }
        context_.sink.note("the policy is compiled for them: " + why);
    }
    policy::Changes changes;
    changes.modules = std::move(modules);
    commit(rootfs, changes, what, mtime);
}

// Plain rules bring no neverallow rules: these are asked before, and kept when only rules change.
std::string PolicyWork::make_base(tree::Tree& rootfs, policy::Changes changes,
                                  const std::string& what, tree::Timestamp mtime, bool wanted) {
    prepare(rootfs, changes.modules);
    std::vector<policy::Module> plain =
        policy::take_plain(rootfs, policy::find_place(rootfs, type_), changes);
    commit(rootfs, changes, what, mtime);
    std::string rules = wanted ? neverallows(rootfs) : std::string();
    add(rootfs, std::move(plain), "the recipe's rules", mtime);
    return rules;
}

std::string PolicyWork::neverallows(const tree::Tree& rootfs) {
    progress::Step step(context_.sink, "policy", "its neverallow rules");
    const policy::Place place = policy::find_place(rootfs, type_);
    policy::Backend& backend = this->backend(rootfs, place);
    const cache::Inputs inputs = policy::neverallow_inputs(rootfs, place, backend);
    cache::Store::MakeOptions options;
    options.on_wait = [&step] { step.detail("waiting for another build that reads them"); };
    const cache::Entry entry = context_.cache.make(
        "neverallow", cache::key_of("neverallow", inputs), {owner_, inputs},
        [&](const std::filesystem::path& staging) {
            at_its_place([&] {
                backend.gather_neverallows(rootfs, place, staging / neverallow_name, step);
            });
        },
        options);
    std::string rules = read_file(entry.directory / neverallow_name);
    const auto count = std::ranges::count_if(
        split(rules, '\n'), [](std::string_view line) { return line.starts_with("(neverallow "); });
    step.finish(human_count(static_cast<std::uint64_t>(count)) + " neverallow rules", !entry.made);
    return rules;
}

} // namespace selns::pipeline
