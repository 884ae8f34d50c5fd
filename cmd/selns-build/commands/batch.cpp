#include "selns-build/commands/batch.hpp"

#include "selns-build/commands/setting.hpp"
#include "selns-build/failure.hpp"
#include "selns-build/session.hpp"

#include <algorithm>
#include <map>

namespace selns::cmd {

namespace {

std::string label_of(const Job& job) {
    return on_screen(job.recipe.name.empty() ? job.file.string() : job.recipe.name);
}

std::string state_text(const Job& job, const Look& look) {
    switch (job.state) {
    case Job::State::waiting:
        return paint(look, Tone::dim, "not tried");
    case Job::State::built:
        return paint(look, Tone::green, "built") + "       " + on_screen(job.output.string());
    case Job::State::up_to_date:
        return paint(look, Tone::green, "up to date") + "  " + on_screen(job.output.string());
    case Job::State::failed:
        break;
    }
    return paint(look, Tone::red, "failed");
}

void check_outputs(const std::vector<Job>& jobs) {
    std::map<std::filesystem::path, const Job*> owners;
    for (const Job& job : jobs) {
        if (job.state == Job::State::failed)
            continue;
        const auto [owner, fresh] =
            owners.emplace(std::filesystem::absolute(job.output).lexically_normal(), &job);
        if (!fresh)
            throw Error(ErrorKind::usage, owner->second->file.string() + " and " +
                                              job.file.string() + " both go to " +
                                              job.output.string())
                .hint("their recipes have one name; build them apart, each with its own -o");
    }
}

} // namespace

int load_jobs(std::vector<Job>& jobs, const std::vector<recipe::Override>& overrides,
              const std::filesystem::path& output, Session& session) {
    int status = 0;
    for (Job& job : jobs) {
        const int result = guarded(session, jobs.size() > 1 ? job.file.string() : "", [&] {
            session.interrupt.check();
            job.recipe = recipe::load(job.file, overrides);
            const std::string& name = job.recipe.name;
            job.output = output.empty()     ? default_output(name)
                         : jobs.size() == 1 ? output
                                            : output / name;
            return 0;
        });
        if (result != 0)
            job.state = Job::State::failed;
        if (status == 0)
            status = result;
    }
    check_outputs(jobs);
    return status;
}

int run_jobs(std::vector<Job>& jobs, bool keep_going, Session& session,
             const std::function<Job::State(Job&)>& work) {
    int status = 0;
    for (Job& job : jobs) {
        if (job.state != Job::State::waiting)
            continue;
        const int result = guarded(session, jobs.size() > 1 ? job.file.string() : "", [&] {
            session.interrupt.check();
            job.state = work(job);
            return 0;
        });
        if (result == 0)
            continue;
        job.state = Job::State::failed;
        if (status == 0)
            status = result;
        if (!keep_going || session.interrupt.raised())
            break;
    }
    return status;
}

std::string batch_text(const std::vector<Job>& jobs, const Look& look) {
    const auto done = std::count_if(jobs.begin(), jobs.end(), [](const Job& job) {
        return job.state == Job::State::built || job.state == Job::State::up_to_date;
    });
    int width = 0;
    for (const Job& job : jobs)
        width = std::max(width, columns(label_of(job)));
    std::string text = std::to_string(done) + " of " + std::to_string(jobs.size()) + " done\n";
    for (const Job& job : jobs)
        text += "  " + pad(label_of(job), width) + "  " + state_text(job, look) + "\n";
    return text;
}

} // namespace selns::cmd
