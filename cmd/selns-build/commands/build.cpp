#include "selns-build/commands/build.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/batch.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/commands/together.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns-build/render/summary.hpp"
#include "selns-build/session.hpp"
#include "selns/cache/store.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <system_error>

namespace selns::cmd {

void declare(CLI::App& app, BuildOptions& options) {
    add_recipes(app, options.recipes);
    add_output(app, options.output,
               "where outputs go (default: build/NAME); several recipes get DIR/NAME each");
    add_overrides(app, options.overrides);
    app.add_flag("--update", options.update,
                 "write the merged local module back to the recipe's own");
    app.add_flag("--locked", options.locked, "fail when the logs would change the local module");
    app.add_flag("--refresh", options.refresh, "ask the package sources for newer packages");
    app.add_flag("--offline", options.offline,
                 "build from what is in the cache, or say what is missing");
    add_number(app, "--jobs", options.jobs, "N", "recipes built at the same time (default: 1)");
    app.add_flag("--keep-going", options.keep_going, "go on with other recipes after a failure");
    add_progress(app, options.progress);
    app.final_callback([&] {
        if (options.update && options.locked)
            throw usage(app, "--update and --locked exclude each other");
        if (options.refresh && options.offline)
            throw usage(app, "--refresh and --offline exclude each other");
    });
}

namespace {

// Builds JOB and prints what came of it.
Job::State build_one(const Job& job, const BuildOptions& options, const Context& context,
                     Session& session) {
    Context own = context;
    own.offline = options.offline;
    pipeline::Result result = pipeline::build(
        job.recipe, {job.output, options.update, options.locked, options.refresh}, own);
    if (options.progress == ProgressMode::json) {
        session.out.write(summary_json(result));
    } else {
        // The sink has shown them as they came.
        result.warnings.clear();
        if (session.err_redraws && options.progress != ProgressMode::none)
            session.err.write("\n");
        std::error_code ignored;
        const auto here = std::filesystem::current_path(ignored);
        session.out.write(summary_text(result, session.out_look, here));
    }
    return result.up_to_date ? Job::State::up_to_date : Job::State::built;
}

int build_in_order(std::vector<Job>& jobs, const BuildOptions& options, Session& session) {
    const Setting setting(options.progress, session);
    return run_jobs(jobs, options.keep_going, session, [&](Job& job) {
        if (jobs.size() > 1)
            setting.context().sink.note(job.recipe.name + " (" + job.file.string() + ")");
        return build_one(job, options, setting.context(), session);
    });
}

int build_together(std::vector<Job>& jobs, const BuildOptions& options, Session& session) {
    const auto work = [&](Job& job, Session& own, ProgressMode mode) {
        const Setting setting(mode, own);
        return build_one(job, options, setting.context(), own);
    };
    return run_jobs_together(jobs, options.jobs, options.keep_going, options.progress, session,
                             work);
}

} // namespace

int run(const BuildOptions& options, Session& session) {
    const bool json = options.progress == ProgressMode::json;
    if (json)
        session.messages = MessageForm::json;
    std::vector<Job> jobs;
    for (const auto& file : options.recipes)
        jobs.push_back({file, {}});
    const int unread = load_jobs(jobs, options.overrides, options.output, session);
    if (unread != 0 && (!options.keep_going || session.interrupt.raised()))
        return unread;

    const int failed = options.jobs > 1 && jobs.size() > 1 ? build_together(jobs, options, session)
                                                           : build_in_order(jobs, options, session);
    if (jobs.size() > 1 && !json)
        session.out.write("\n" + batch_text(jobs, session.out_look));
    return unread != 0 ? unread : failed;
}

const Subcommand build_command = {
    "build", " RECIPE... [OPTION]...", "make the images that recipes describe",
    "Makes what each recipe describes: images with every file labelled by their own\n"
    "SELinux policy, a manifest, launch files, and the local module merged with the\n"
    "recipe's denial logs. Outputs appear when they are complete and checked.\n"
    "\n"
    "Example:\n"
    "  selns-build build web.yaml --set selinux.mode=enforcing -o out\n"
    "\n"
    "With --progress json, events go to standard error, one JSON object a line, and\n"
    "each result goes to standard output as {\"event\": \"built\", ...}.\n"
    "\n"
    "Environment: SOURCE_DATE_EPOCH fixes all times in the outputs; the cache is in\n"
    "XDG_CACHE_HOME/selns-build; NO_COLOR turns colour off; SELNS_SANDBOX=weak\n"
    "goes on where the kernel refuses a part of the sandbox for files of others.\n",
    declared<BuildOptions, declare, run>};

} // namespace selns::cmd
