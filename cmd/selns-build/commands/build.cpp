#include "selns-build/commands/batch.hpp"
#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/commands/together.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns-build/render/summary.hpp"
#include "selns-build/session.hpp"
#include "selns/cache/store.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <system_error>

namespace selns::cmd {

void declare(Declaration& declaration, BuildOptions& options) {
    declaration.recipes(options.recipes);
    declaration.output(options.output,
                       "where outputs go (default: build/NAME); several recipes get DIR/NAME each");
    declaration.overrides(options.overrides);
    declaration.flag(options.update, "--update",
                     "write the merged local module back to the recipe's own");
    declaration.flag(options.locked, "--locked",
                     "fail when the logs would change the local module");
    declaration.flag(options.refresh, "--refresh", "ask the package sources for newer packages");
    declaration.option(options.jobs, "--jobs", "N", "recipes built at the same time (default: 1)",
                       1);
    declaration.flag(options.keep_going, "--keep-going",
                     "go on with other recipes after a failure");
    declaration.progress(options.progress);
    declaration.check([&] {
        if (options.update && options.locked)
            throw declaration.usage("--update and --locked exclude each other");
    });
}

namespace {

// Builds JOB and prints what came of it.
Job::State build_one(const Job& job, const BuildOptions& options, const pipeline::Context& context,
                     Session& session) {
    pipeline::Result result = pipeline::build(
        job.recipe, {job.output, options.update, options.locked, options.refresh}, context);
    if (options.progress == ProgressMode::json) {
        session.out.write(summary_json(result));
    } else {
        // The sink has shown them as they came.
        if (options.progress != ProgressMode::none)
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

} // namespace selns::cmd
