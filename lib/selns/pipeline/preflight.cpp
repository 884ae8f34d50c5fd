#include "selns/pipeline/preflight.hpp"

#include "selns/base/diagnostics.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/build.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/label/regex.hpp"
#include "selns/pipeline/denial_logs.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/module_file.hpp"
#include "selns/pipeline/module_source.hpp"
#include "selns/pipeline/te_module.hpp"
#include "selns/policy/backend.hpp"
#include "selns/recipe/release.hpp"
#include "selns/recipe/suggest.hpp"
#include "selns/selinux/cil.hpp"
#include "selns/selinux/cil_words.hpp"

#include <functional>

namespace selns::pipeline {

namespace {

// What is wrong with launch.kernel; empty when nothing is.
std::string kernel_problem(const std::string& name, const cache::Store& cache) {
    if (kernel::shipped_recipe(name) || kernel::find_bundle(cache, name))
        return {};
    std::vector<std::string> known;
    for (const kernel::Recipe& shipped : kernel::shipped_recipes())
        known.push_back(shipped.name);
    return "there is no kernel " + printable(name) + recipe::suggest(name, known) +
           "; `selns-build kernel list` shows them";
}

// Runs the checks of one recipe; each finding has a place.
class Preflight {
  public:
    Preflight(const recipe::Recipe& recipe, const Context& context)
        : recipe_(recipe), context_(context) {}

    void run(const PreflightOptions& options) {
        const recipe::Selinux& selinux = recipe_.selinux;
        check_names();
        for (const auto& pattern : selinux.denials.logs)
            attempt(pattern.at, [&] { pipeline::log_files(pattern); });
        for (std::size_t i = 0; i < selinux.file_contexts.size(); ++i)
            check_file_context(selinux.file_contexts[i], i);
        for (const auto& module : selinux.modules)
            attempt(module.at, [&] { check_module(module.value); });
        check_denials(selinux.denials);
        if (options.kernel)
            add("launch.kernel", kernel_problem(recipe_.launch.kernel, context_.cache));
        problems_.throw_if_any();
    }

  private:
    // What WORK says without a place of its own is told at AT.
    void attempt(const Location& at, const std::function<void()>& work) {
        context_.interrupt.check();
        try {
            work();
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::invalid_input && error.kind() != ErrorKind::failed)
                throw;
            const std::string hint = error.hint().empty() ? "" : "\n  " + error.hint();
            const bool placed = error.location().line > 0;
            const std::string file = !placed && error.location().known()
                                         ? printable(error.location().file) + ": "
                                         : std::string();
            problems_.add(placed ? error.location() : at, file + error.message() + hint);
        }
    }

    void check_names() {
        const recipe::From& from = recipe_.from;
        if (from.source().is_distribution())
            add("from." + from.key + ".release",
                recipe::release_problem(from.source(), from.release()));
        add("selinux.policy", recipe::policy_problem(recipe_));
    }

    // PROBLEM of KEY, unless it is empty, where the recipe says KEY, or of the file.
    void add(const std::string& key, const std::string& problem) {
        if (problem.empty())
            return;
        const auto place = recipe_.places.find(key);
        problems_.add(place == recipe_.places.end() ? Location{recipe_.file.string()}
                                                    : place->second,
                      key + ": " + problem);
    }

    void check_file_context(const recipe::Located<std::string>& entry, std::size_t index) {
        attempt(entry.at, [&] {
            try {
                const label::Regex compiled(split_words(entry.value).at(0));
            } catch (Error& error) {
                error.context("selinux.file_contexts[" + std::to_string(index) + "]");
                throw;
            }
        });
    }

    void check_module(const std::filesystem::path& file) const {
        const policy::Module module = read_module_source(file);
        if (module.language == "te")
            check_te(module);
        else if (module.language == "pp")
            policy::package_to_cil(module.content, file.string(), context_.interrupt);
        else
            selinux::check_cil_words(selinux::parse_cil(module.content, file.string()),
                                     file.string());
    }

    // Whether the policy will have levels is not known yet, and one of both is enough.
    void check_te(const policy::Module& module) const {
        try {
            compile_te(module.content, module.at.file, true, context_);
        } catch (const Error& with_levels) {
            if (with_levels.kind() != ErrorKind::invalid_input)
                throw;
            try {
                compile_te(module.content, module.at.file, false, context_);
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::invalid_input)
                    throw;
                throw with_levels;
            }
        }
    }

    void check_denials(const recipe::Denials& denials) {
        if (const auto& module = denials.module; module && std::filesystem::exists(module->value))
            attempt(module->at, [&] { pipeline::read_module(module->value); });
        for (const auto* list :
             {&denials.refuse, &denials.accept, &denials.tolerate, &denials.silence})
            for (const auto& pattern : *list)
                attempt(pattern.at,
                        [&] { verdict::AccessPattern::parse(pattern.value, pattern.at); });
        const recipe::Select& select = denials.select;
        attempt(select.since ? select.since->at : Location{}, [&] {
            const log::Selection selection = pipeline::selection_of(select);
            if (selection.since && selection.until && *selection.since > *selection.until)
                throw Error(ErrorKind::invalid_input,
                            "selinux.denials.select: since is after until, so no denial counts")
                    .at(select.until->at);
        });
    }

    const recipe::Recipe& recipe_;
    const Context& context_;
    Diagnostics problems_;
};

} // namespace

void preflight(const recipe::Recipe& recipe, const Context& context,
               const PreflightOptions& options) {
    Preflight(recipe, context).run(options);
}

} // namespace selns::pipeline
