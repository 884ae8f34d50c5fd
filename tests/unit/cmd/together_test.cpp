#include "cmd/jobs.hpp"
#include "cmd/session.hpp"
#include "selns-build/commands/together.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace selns;
using State = cmd::Job::State;
using cmd::ProgressMode;
using test::waiting;

namespace {

State build_job(cmd::Job& job, cmd::Session& session, ProgressMode mode) {
    const std::string& name = job.recipe.name;
    cmd::make_sink(mode, session)->note("begun");
    if (name == "bad")
        throw Error(ErrorKind::tool_failed, "mmdebstrap failed").hint("why");
    if (name == "killed")
        ::raise(SIGKILL);
    session.out.write("summary of " + name + "\n");
    return name == "same" ? State::up_to_date : State::built;
}

void touch(const std::filesystem::path& file) {
    const std::ofstream made(file);
}

// Whether it appears within ten seconds.
bool appears(const std::filesystem::path& file) {
    for (int i = 0; i < 1000 && !std::filesystem::exists(file); ++i)
        ::usleep(10'000);
    return std::filesystem::exists(file);
}

} // namespace

TEST_CASE("jobs together have states and outputs of their own") {
    test::TestSession test;
    auto jobs = waiting({"web", "bad", "same", "killed", "db"});
    jobs.front().state = State::failed; // could not be read
    const int status =
        cmd::run_jobs_together(jobs, 3, true, ProgressMode::plain, test.session, build_job);
    CHECK((status == 4 || status == 1)); // whichever failed first
    CHECK(jobs[0].state == State::failed);
    CHECK(jobs[1].state == State::failed);
    CHECK(jobs[2].state == State::up_to_date);
    CHECK(jobs[3].state == State::failed);
    CHECK(jobs[4].state == State::built);
    CHECK_THAT(test.out.text(), ContainsSubstring("summary of same\n"));
    CHECK_THAT(test.out.text(), ContainsSubstring("summary of db\n"));
    CHECK_THAT(test.out.text(), !ContainsSubstring("web"));
    CHECK_THAT(test.err.text(),
               ContainsSubstring("selns-build: bad.yaml: mmdebstrap failed\n  why\n"));
    CHECK_THAT(test.err.text(),
               ContainsSubstring("killed.yaml: its process was ended by signal 9"));
    CHECK_THAT(test.err.text(), ContainsSubstring("db: begun\n"));
}

TEST_CASE("jobs together run at the same time, and no more than wanted") {
    test::TestSession test;
    const test::TempDir directory;
    auto jobs = waiting({"a", "b", "c"});
    const auto meet = [&](cmd::Job& job, cmd::Session&, ProgressMode) {
        const std::string& name = job.recipe.name;
        touch(directory.path() / name);
        if (name == "c") // one of the others has gone
            return std::filesystem::exists(directory.path() / "a-done") ||
                           std::filesystem::exists(directory.path() / "b-done")
                       ? State::built
                       : State::up_to_date;
        const bool met = appears(directory.path() / (name == "a" ? "b" : "a"));
        touch(directory.path() / (name + "-done"));
        return met ? State::built : State::up_to_date;
    };
    CHECK(cmd::run_jobs_together(jobs, 2, false, ProgressMode::none, test.session, meet) == 0);
    for (const cmd::Job& job : jobs)
        CHECK(job.state == State::built);
}

TEST_CASE("a failure lets no other job begin, and those that run end") {
    test::TestSession test;
    const test::TempDir directory;
    auto jobs = waiting({"slow", "bad", "later"});
    const auto work = [&](cmd::Job& job, cmd::Session&, ProgressMode) {
        if (job.recipe.name == "bad") {
            touch(directory.path() / "failed");
            throw Error(ErrorKind::invalid_input, "bad");
        }
        appears(directory.path() / "failed");
        ::usleep(50'000);
        return State::built;
    };
    CHECK(cmd::run_jobs_together(jobs, 2, false, ProgressMode::none, test.session, work) == 3);
    CHECK(jobs[0].state == State::built);
    CHECK(jobs[1].state == State::failed);
    CHECK(jobs[2].state == State::waiting);
}

TEST_CASE("json progress of jobs together names the recipe") {
    test::TestSession test;
    auto jobs = waiting({"web", "db"});
    CHECK(cmd::run_jobs_together(jobs, 2, false, ProgressMode::json, test.session, build_job) == 0);
    for (const auto line : split(trim(test.err.text()), '\n'))
        CHECK(cmd::event_from_json(line));
    CHECK_THAT(test.err.text(), ContainsSubstring("\"recipe\":\"web\""));
    CHECK_THAT(test.err.text(), ContainsSubstring("\"recipe\":\"db\""));
}

TEST_CASE("an interrupt lets no job begin") {
    test::TestSession test;
    const test::Raised raised;
    cmd::Session session{.out = test.out,
                         .err = test.err,
                         .out_look = {},
                         .err_look = {},
                         .environment = {},
                         .interrupt = raised,
                         .runner = test.runner};
    auto jobs = waiting({"web", "db"});
    CHECK(cmd::run_jobs_together(jobs, 2, true, ProgressMode::none, session, build_job) == 130);
    CHECK(jobs[0].state == State::waiting);
}
