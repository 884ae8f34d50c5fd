#include "selns/converge/converge.hpp"

#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/run_directory.hpp"
#include "selns/converge/calm_sink.hpp"
#include "selns/converge/json.hpp"
#include "selns/converge/progress.hpp"
#include "selns/pipeline/boot_subject.hpp"
#include "selns/pipeline/draft.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/module_file.hpp"
#include "selns/query/denials.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <set>

namespace selns::converge {

namespace {

using Clock = std::chrono::steady_clock;

// Everything that decides about the way to the end.
std::string key_of(const recipe::Recipe& recipe, const Options& options) {
    Fingerprint key("converge 2");
    for (const auto& [name, value] : pipeline::recipe_values(recipe))
        key.add(name, value);
    for (const auto& input : pipeline::input_files(recipe, pipeline::log_files(recipe)))
        key.add(input.path.string(), input.sha256);
    key.add("dontaudit rules", options.show_dontaudit ? "left out" : "");
    key.add("own namespace",
            options.own_namespace.value_or(recipe.launch.own_namespace) ? "required" : "");
    return key.add("kernel", options.kernel).hex();
}

std::filesystem::path module_of(const recipe::Recipe& recipe) {
    const auto& module = recipe.selinux.denials.module;
    return module ? module->value : recipe.file.parent_path() / "selinuxns.cil";
}

std::vector<std::string> rules_of(const std::vector<module::RuleChange>& changes) {
    std::vector<std::string> rules;
    for (const module::RuleChange& change : changes)
        rules.push_back(module::to_cil(change.triple, change.added));
    return rules;
}

// What two accesses have in common but for their permissions: "a_t b_t:file".
std::string_view subject_of(std::string_view access) {
    return access.substr(0, access.find(" {"));
}

class Run {
  public:
    Run(const recipe::Recipe& recipe, const Options& options, kernel::Bundle kernel,
        const Context& context)
        : recipe_(recipe), options_(options), context_(context),
          calm_(context.sink), calmly_{context.runner, context.interrupt, context.cache, calm_,
                                       context.epoch},
          progress_(options.output / (recipe.name + ".converge"), key_of(recipe, options),
                    module_of(recipe), module_of(recipe).filename().string()),
          kernel_(std::move(kernel)), working_(recipe) {
        working_.selinux.denials.module = {progress_.module(), {}};
        working_.selinux.denials.logs.clear();
        // These are about other boots than those of this run.
        working_.selinux.denials.select.since.reset();
        working_.selinux.denials.select.until.reset();
        working_.selinux.denials.trust = false;
    }

    Result run() {
        result_.name = recipe_.name;
        result_.begun = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
        result_.report = progress_.report();
        result_.continued = progress_.continued();
        result_.rounds = progress_.rounds();
        if (result_.continued)
            context_.sink.note(fmt::format("going on after round {}", result_.rounds.size()));
        else
            take_recipe_logs();
        learn();
        finish();
        return std::move(result_);
    }

  private:
    void take_recipe_logs() {
        const auto logs = pipeline::log_files(recipe_);
        if (logs.empty())
            return;
        query::DenialsRequest request{{&recipe_, {}}, {logs}, {}, false, false};
        request.module = progress_.module();
        query::merge_denials(request, false, context_);
    }

    // Round after round, until one brings nothing new in enforcing mode. Denials that no rule helps
    // do not end it before: whether they do harm is seen only then.
    void learn() {
        bool enforcing = false;
        for (const Round& round : result_.rounds)
            enforcing = next_mode(round);
        while (result_.failure.empty()) {
            if (result_.rounds.size() == options_.most_rounds) {
                fail(fmt::format("not done after {} boot{}, and no more are allowed",
                                 options_.most_rounds, options_.most_rounds == 1 ? "" : "s"));
                return;
            }
            const Round& round = take_round(enforcing);
            if (!result_.failure.empty())
                return;
            if (round.added.empty() && round.enforcing) {
                check_end(round);
                return;
            }
            enforcing = next_mode(round);
        }
    }

    // A round that brought rules is tried again, one that did not is followed by enforcing mode.
    static bool next_mode(const Round& round) { return round.enforcing || round.added.empty(); }

    const Round& take_round(bool enforcing) {
        Round round;
        round.number = static_cast<unsigned>(result_.rounds.size()) + 1;
        round.enforcing = enforcing;
        const char* mode = enforcing ? "enforcing" : "permissive";
        context_.sink.note(fmt::format("round {}, {}", round.number, mode));
        working_.selinux.mode = enforcing ? recipe::Mode::enforcing : recipe::Mode::permissive;
        const cache::RunDirectory place(context_.cache.register_directory());
        const auto draft =
            pipeline::make_draft(working_, {place, kernel_, options_.show_dontaudit}, calmly_);
        const auto booted = pipeline::boot_image(draft, request_of(round), context_);
        take_observation(booted, round);
        if (booted.failure.empty())
            merge(booted, round);
        else
            fail(fmt::format("the {} boot failed: {}", mode, booted.failure));
        if (enforcing && booted.run.seen.selinux != boot::SelinuxState::enforcing &&
            booted.failure.empty())
            fail("the image did not come up enforcing");
        result_.rounds.push_back(round);
        if (result_.failure.empty() && !is_last_but_not_known(round))
            progress_.add(round);
        return result_.rounds.back();
    }

    pipeline::BootRequest request_of(const Round& round) const {
        pipeline::BootRequest request;
        request.output = progress_.logs_of(round.number);
        request.container = recipe_.launch.mode == recipe::LaunchMode::namespaced;
        request.own_namespace = options_.own_namespace.value_or(recipe_.launch.own_namespace);
        request.limit = options_.limit;
        request.quiet = options_.quiet;
        return request;
    }

    void take_observation(const pipeline::Booted& booted, Round& round) {
        round.selinux_namespace = booted.run.seen.selinux_namespace;
        round.target = booted.run.seen.target.value_or(std::chrono::milliseconds(0));
        round.records = booted.logs.records;
        round.unique = booted.logs.unique;
        round.failed_units = booted.run.seen.failed_units;
        round.failed_access = booted.run.seen.failed_access;
        round.gaps = booted.logs.gaps;
        for (const boot::Gap& gap : round.gaps)
            if (told_.insert(gap.reason).second)
                context_.sink.note("not all denials may have been seen: " + gap.reason);
    }

    // It would be the end, if only it were known that there was no denial.
    static bool is_last_but_not_known(const Round& round) {
        return round.enforcing && round.added.empty() && !round.gaps.empty();
    }

    void merge(const pipeline::Booted& booted, Round& round) {
        if (booted.logs.records == 0)
            return;
        query::DenialsRequest request{
            {&working_, {}}, {{booted.logs.kernel}, false, {}, {}}, {}, false, false};
        if (booted.logs.audit)
            request.logs.files.push_back(*booted.logs.audit);
        request.module = progress_.module();
        const auto merged = query::merge_denials(request, false, calmly_);
        round.added = rules_of(merged.result.changes);
        for (const verdict::Finding& finding : merged.result.judged.findings) {
            if (finding.hidden)
                round.hidden.push_back(access_of(finding));
            if (stands_in_the_way(finding))
                round.obstacles.push_back(
                    obstacle_of(finding, merged.result.denials.unique, recipe_));
        }
        tell(round);
    }

    void tell(const Round& round) {
        for (const std::string& rule : round.added)
            context_.sink.note("new rule: " + rule);
        for (const std::string& access : round.hidden)
            if (told_.insert(access).second)
                context_.sink.note("hidden by a dontaudit rule: " + access);
        for (const Obstacle& obstacle : round.obstacles)
            if (told_.insert(obstacle.access).second)
                context_.sink.note(
                    fmt::format("no rule helps: {} ({})", obstacle.access, obstacle.verdict));
    }

    // ROUND was enforcing and taught nothing.
    void check_end(const Round& round) {
        std::vector<std::string> known;
        for (const Round& other : result_.rounds)
            if (!other.enforcing)
                known.insert(known.end(), other.failed_units.begin(), other.failed_units.end());
        for (const std::string& unit : round.failed_units)
            if (std::ranges::find(known, unit) == known.end()) {
                fail("a unit fails only when enforcing: " + printable(unit));
                return;
            }
        if (!round.obstacles.empty())
            fail("denials are left that no rule can help; the image boots enforcing with them");
        harmless_ = true;
        if (!result_.failure.empty())
            return;
        result_.gaps = round.gaps;
        if (result_.gaps.empty())
            result_.outcome = Outcome::converged;
        else
            doubt();
    }

    void doubt() {
        result_.outcome = Outcome::not_known;
        fail("denials may have been missed in the enforcing boot: " + result_.gaps.front().reason);
    }

    // Those of the last permissive round, which goes furthest, and what came when enforcing.
    void gather_obstacles() {
        for (auto round = result_.rounds.rbegin(); round != result_.rounds.rend(); ++round) {
            auto& obstacles = result_.obstacles;
            for (const Obstacle& obstacle : round->obstacles) {
                const auto same = [&](const Obstacle& other) {
                    return subject_of(other.access) == subject_of(obstacle.access) &&
                           other.verdict == obstacle.verdict && other.reason == obstacle.reason;
                };
                const auto known = std::ranges::find_if(obstacles, same);
                if (known == obstacles.end())
                    obstacles.push_back(obstacle);
                else if (!round->enforcing)
                    *known = obstacle;
            }
            if (!round->enforcing)
                break;
        }
        for (Obstacle& obstacle : result_.obstacles)
            if (harmless_)
                std::ranges::move(harmless_choices(obstacle), std::back_inserter(obstacle.choices));
    }

    void gather_hidden() {
        std::set<std::string> hidden;
        for (const Round& round : result_.rounds)
            hidden.insert(round.hidden.begin(), round.hidden.end());
        result_.hidden = {hidden.begin(), hidden.end()};
    }

    // In a permissive boot, it is not SELinux that refuses.
    void gather_failed_access() {
        std::set<std::string> others;
        for (const Round& round : result_.rounds)
            if (!round.enforcing)
                others.insert(round.failed_access.begin(), round.failed_access.end());
        if (result_.rounds.empty() || !result_.rounds.back().enforcing)
            return;
        for (const std::string& line : result_.rounds.back().failed_access)
            if (!others.contains(line))
                result_.failed_access.push_back(line);
    }

    void finish() {
        auto before = pipeline::read_module(module_of(recipe_));
        const auto learnt = pipeline::read_module(progress_.module());
        result_.opened = rules_of(before.merge(learnt.rules()));
        if (std::filesystem::exists(progress_.module()))
            result_.module = progress_.module();
        gather_hidden();
        gather_failed_access();
        if (result_.converged())
            make_image(learnt);
        else
            gather_obstacles();
        result_.elapsed =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
        write_file(result_.report, to_json(result_));
        if (result_.outcome != Outcome::not_known)
            progress_.end();
    }

    void make_image(const module::LocalModule& learnt) {
        const auto file = module_of(recipe_);
        if (!learnt.empty()) {
            std::filesystem::create_directories(file.parent_path());
            pipeline::ModuleFile held(file, context_.interrupt, [this] {
                context_.sink.note("waiting for another run that writes the local module");
            });
            module::LocalModule merged = held.module();
            merged.take(learnt); // with the dontaudit rules among its statements
            held.write(merged);
        }
        result_.module = file;
        recipe::Recipe final = recipe_;
        final.selinux.mode = recipe::Mode::enforcing;
        if (!learnt.empty())
            final.selinux.denials.module = {file, {}};
        context_.sink.note("the image, enforcing");
        result_.output = pipeline::build(final, {options_.output}, calmly_).output;
        if (!recipe_.selinux.denials.module && !learnt.empty())
            result_.to_change.push_back("selinux.denials.module: " + file.filename().string());
        if (recipe_.selinux.mode != recipe::Mode::enforcing)
            result_.to_change.push_back("selinux.mode: enforcing");
    }

    void fail(std::string reason) { result_.failure = std::move(reason); }

    const Clock::time_point begun_ = Clock::now();
    const recipe::Recipe& recipe_;
    const Options& options_;
    const Context& context_;
    CalmSink calm_;
    Context calmly_; // for what is done in each round
    Progress progress_;
    kernel::Bundle kernel_;
    recipe::Recipe working_;     // permissive or enforcing, with the module as it grows
    std::set<std::string> told_; // accesses that no rule is about, gaps
    bool harmless_ = false;      // what stands in the way: the image boots enforcing all the same
    Result result_;
};

// A virtual machine needs no special kernel: where the recipe names none, and the one that is taken
// for it was not built, another one that was will do.
std::string kernel_for(const recipe::Recipe& recipe, const Options& options,
                       const Context& context) {
    const std::string& usual = recipe.launch.kernel;
    if (!options.kernel.empty())
        return options.kernel;
    if (recipe.places.contains("launch.kernel") || recipe.launch.mode != recipe::LaunchMode::vm)
        return usual;
    const auto built = pipeline::built_kernels(context);
    if (built.empty() || std::ranges::find(built, usual) != built.end())
        return usual;
    context.sink.note(
        fmt::format("the kernel {} has not been built; booting {}", usual, built.front()));
    return built.front();
}

} // namespace

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
    case Outcome::converged:
        return "converged";
    case Outcome::not_known:
        return "not known";
    case Outcome::failed:
        return "failed";
    }
    return {};
}

Result converge(const recipe::Recipe& recipe, const Options& options, const Context& context) {
    // One that is missing is told before anything is built.
    auto kernel = pipeline::find_kernel(kernel_for(recipe, options, context), context);
    return Run(recipe, options, std::move(kernel), context).run();
}

} // namespace selns::converge
