#include "selns/query/denials.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/image/image.hpp"
#include "selns/pipeline/denial_logs.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/module_file.hpp"
#include "selns/pipeline/module_review.hpp"
#include "selns/pipeline/module_source.hpp"
#include "selns/pipeline/policy_work.hpp"
#include "selns/pipeline/te_module.hpp"
#include "selns/pipeline/verdict_base.hpp"
#include "selns/policy/backend.hpp"
#include "selns/policy/root_directory.hpp"
#include "selns/selinux/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

namespace selns::query {

namespace {

// NAMED, or else the recipe's; empty when there is neither.
std::filesystem::path module_of(const std::filesystem::path& named, const PolicyChoice& policy) {
    if (!named.empty() || policy.recipe == nullptr)
        return named;
    const auto& module = policy.recipe->selinux.denials.module;
    return module ? module->value : std::filesystem::path();
}

std::filesystem::path required_module(const std::filesystem::path& named,
                                      const PolicyChoice& policy) {
    auto module = module_of(named, policy);
    if (module.empty())
        throw Error(ErrorKind::usage, "expected --module FILE")
            .hint("the local module's file, or a recipe that names it with "
                  "selinux.denials.module");
    return module;
}

std::string name_of(const std::filesystem::path& module) {
    return module.empty() ? std::string("selinuxns") : module.stem().string();
}

verdict::Preferences preferences_for(const DenialsRequest& request) {
    verdict::Preferences preferences;
    if (request.policy.recipe != nullptr)
        preferences = pipeline::preferences_of(request.policy.recipe->selinux.denials);
    preferences.extended = request.extended;
    preferences.complete = request.complete;
    return preferences;
}

log::Selection selection_for(const DenialsRequest& request) {
    log::Selection selection;
    if (request.policy.recipe != nullptr)
        selection = pipeline::selection_of(request.policy.recipe->selinux.denials.select);
    if (request.logs.since || request.logs.since_last) {
        selection.since = request.logs.since;
        selection.since_last = request.logs.since_last;
    }
    if (request.logs.until)
        selection.until = request.logs.until;
    return selection;
}

log::Denials read(const DenialsRequest& request, const pipeline::VerdictBase& base,
                  const Context& context) {
    auto files = request.logs.files;
    if (files.empty() && !request.logs.journal && request.policy.recipe != nullptr) {
        files = pipeline::log_files(*request.policy.recipe);
        pipeline::warn_of_missing_logs(*request.policy.recipe, context.sink);
    }
    if (files.empty() && !request.logs.journal)
        throw Error(ErrorKind::usage, "expected a log")
            .hint("name log files, - for standard input, or --journal for this host's journal");
    progress::Step step(context.sink, "denials",
                        files.size() == 1 ? files[0].string()
                                          : fmt::format("{} logs", files.size()));
    const recipe::Recipe* recipe = request.policy.recipe;
    const bool trust = request.logs.trust || (recipe != nullptr && recipe->selinux.denials.trust);
    auto found = pipeline::read_logs({selection_for(request), base.expected(), trust}, files,
                                     request.logs.journal, context, step);
    step.finish(fmt::format("{} record{}, {} different", human_count(found.records),
                            found.records == 1 ? "" : "s", human_count(found.unique.size())));
    pipeline::warn_of(found, context.sink);
    base.warn_of_unknown(context.sink);
    return found;
}

// SOURCE as a module that can be taken into one in FORMAT. What .te says besides rules on names
// goes into CIL by way of checkmodule.
module::LocalModule readable_in(module::Format format, const policy::Module& source,
                                const Context& context) {
    const std::string& file = source.at.file;
    constexpr bool mls = true; // a module without levels is the same CIL either way
    const auto from_package = [&](const std::string& package) {
        return module::import_module(policy::package_to_cil(package, file, context.interrupt),
                                     module::Format::cil, file);
    };
    if (source.language == "pp")
        return from_package(source.content);
    if (source.language == "cil")
        return module::import_module(source.content, module::Format::cil, file);
    auto read = module::import_module(source.content, module::Format::te, file);
    if (format == module::Format::te || read.only_rules())
        return read;
    return from_package(pipeline::compile_te(source.content, file, mls, context));
}

std::vector<module::Objection> review_others(std::vector<module::Given> given,
                                             const PolicyChoice& policy,
                                             const std::filesystem::path& module,
                                             const Context& context) {
    verdict::Preferences preferences;
    if (policy.recipe != nullptr)
        preferences = pipeline::preferences_of(policy.recipe->selinux.denials);
    if (policy.recipe == nullptr && policy.path.empty())
        return pipeline::review_all(std::move(given), module::unknown_policy(), preferences);
    const auto base = open_base(policy, name_of(module), context);
    return pipeline::review_all(std::move(given), base->policy(), preferences);
}

std::function<void()> say_waiting(const Context& context) {
    return [&context] { context.sink.note("waiting for another run that writes this module"); };
}

} // namespace

Explained explain_denials(const DenialsRequest& request, const Context& context) {
    const auto module = module_of(request.module, request.policy);
    std::set<std::string> declared;
    if (!module.empty())
        declared = pipeline::read_module(module).declared_types();
    const auto base = open_base(request.policy, name_of(module), context);
    const auto preferences = preferences_for(request);
    Explained result{{}, read(request, *base, context), base->unknown(), base->lacking()};
    preferences.check(base->policy());
    pipeline::warn_of(pipeline::review_local(module, base->policy(), preferences), context.sink);
    result.judged = judge_all(result.denials.unique, base->policy(), preferences, declared);
    return result;
}

Merged merge_denials(const DenialsRequest& request, bool dry_run, const Context& context) {
    const auto module = required_module(request.module, request.policy);
    // What takes long comes before the file is held.
    const auto base = open_base(request.policy, name_of(module), context);
    auto found = read(request, *base, context);
    pipeline::warn_of(pipeline::review_local(module, base->policy(), preferences_for(request)),
                      context.sink);
    pipeline::ModuleFile file(module, context.interrupt, say_waiting(context));
    Merged merged{module,
                  module::merge_denials(std::move(found), file.module(), base->policy(),
                                        preferences_for(request)),
                  file.text(),
                  {},
                  false,
                  base->unknown(),
                  base->lacking()};
    pipeline::warn_of(merged.result.left_out, context.sink);
    merged.after = merged.result.module.str();
    // A file of no rules, and of comments only, is worth nothing.
    const bool worth = !merged.before.empty() || !merged.result.module.empty();
    if (!dry_run && worth)
        merged.written = file.write(merged.after);
    return merged;
}

Pruned prune_module(const std::filesystem::path& module, const PolicyChoice& policy, bool dry_run,
                    const Context& context) {
    const auto file_name = required_module(module, policy);
    if (!std::filesystem::exists(file_name))
        throw Error(ErrorKind::invalid_input, "no such file: " + file_name.string());
    const auto base = open_base(policy, name_of(file_name), context);
    pipeline::ModuleFile file(file_name, context.interrupt, say_waiting(context));
    module::LocalModule pruned = file.module();
    Pruned result{file_name, pruned.subtract(module::needless(pruned, base->policy())), false};
    if (!dry_run && !result.removals.empty())
        result.written = file.write(pruned);
    return result;
}

Imported import_modules(const std::filesystem::path& module,
                        const std::vector<std::filesystem::path>& others,
                        const PolicyChoice& policy, bool dry_run, const Context& context) {
    const auto file_name = required_module(module, policy);
    std::vector<module::LocalModule> sources;
    std::vector<module::Given> given;
    for (const auto& other : others) {
        const policy::Module source = pipeline::read_module_source(other);
        sources.push_back(readable_in(module::format_of(file_name), source, context));
        given.push_back(pipeline::given_by(source, context));
    }
    pipeline::warn_of(review_others(std::move(given), policy, file_name, context), context.sink);
    pipeline::ModuleFile file(file_name, context.interrupt, say_waiting(context));
    module::LocalModule merged = file.module();
    Imported result{file_name, {}, false};
    for (const module::LocalModule& source : sources) {
        module::Import taken = merged.take(source);
        std::ranges::move(taken.changes, std::back_inserter(result.import.changes));
        std::ranges::move(taken.statements, std::back_inserter(result.import.statements));
    }
    if (!dry_run)
        result.written = file.write(merged);
    return result;
}

} // namespace selns::query
