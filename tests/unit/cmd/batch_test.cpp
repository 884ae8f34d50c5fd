#include "cmd/jobs.hpp"
#include "cmd/session.hpp"
#include "selns-build/commands/batch.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using State = cmd::Job::State;
using test::waiting;

namespace {

std::string recipe_text(const std::string& name) {
    return "name: " + name + "\nfrom: { debian: { release: bookworm } }\n";
}

State build(const cmd::Job& job) {
    if (job.recipe.name == "bad")
        throw Error(ErrorKind::tool_failed, "mmdebstrap failed");
    if (job.recipe.name == "worse")
        throw Error(ErrorKind::failed, "no space");
    return job.recipe.name == "same" ? State::up_to_date : State::built;
}

} // namespace

TEST_CASE("outputs of jobs") {
    test::TestSession test;
    const test::TempDir directory;
    const auto web = directory.write("web.yaml", recipe_text("web"));
    const auto db = directory.write("db.yaml", recipe_text("db"));
    const auto output_of = [&](std::vector<cmd::Job> jobs, const char* output) {
        CHECK(cmd::load_jobs(jobs, {}, output, test.session) == 0);
        return jobs.front().output;
    };
    CHECK(output_of({{web, {}}}, "") == "build/web");
    CHECK(output_of({{web, {}}}, "out") == "out");
    CHECK(output_of({{web, {}}, {db, {}}}, "out") == "out/web");
    CHECK(output_of({{web, {}}, {db, {}}}, "") == "build/web");
}

TEST_CASE("two recipes with one output are refused") {
    test::TestSession test;
    const test::TempDir directory;
    std::vector<cmd::Job> jobs{{directory.write("a.yaml", recipe_text("web")), {}},
                               {directory.write("b.yaml", recipe_text("web")), {}}};
    CHECK_THROWS_AS(cmd::load_jobs(jobs, {}, "", test.session), Error);
}

TEST_CASE("all recipes are read before one is built") {
    test::TestSession test;
    const test::TempDir directory;
    std::vector<cmd::Job> jobs{{directory.path() / "missing.yaml", {}},
                               {directory.write("web.yaml", recipe_text("web")), {}},
                               {directory.write("odd.yaml", "name: odd\nfoo: 1\n"), {}}};
    CHECK(cmd::load_jobs(jobs, {}, "", test.session) == 3);
    CHECK(jobs[0].state == State::failed);
    CHECK(jobs[1].state == State::waiting);
    CHECK(jobs[2].state == State::failed);
    CHECK_THAT(test.err.text(), ContainsSubstring("missing.yaml"));
    CHECK_THAT(test.err.text(), ContainsSubstring("odd.yaml:2:1: foo"));
}

TEST_CASE("the first failure ends a run") {
    test::TestSession test;
    auto jobs = waiting({"web", "bad", "db"});
    CHECK(cmd::run_jobs(jobs, false, test.session, build) == 4);
    CHECK(jobs[0].state == State::built);
    CHECK(jobs[1].state == State::failed);
    CHECK(jobs[2].state == State::waiting);
    CHECK(test.err.text() == "selns-build: bad.yaml: mmdebstrap failed\n");
}

TEST_CASE("with keep-going the others are built, and the first failure's status counts") {
    test::TestSession test;
    auto jobs = waiting({"same", "bad", "worse", "web"});
    CHECK(cmd::run_jobs(jobs, true, test.session, build) == 4);
    CHECK(jobs[2].state == State::failed);
    CHECK(jobs[3].state == State::built);
    jobs.push_back(waiting({"later"}).front());
    CHECK(test::compare_golden("unit/cmd/golden/batch.txt", cmd::batch_text(jobs, cmd::Look{}))
              .empty());
}

TEST_CASE("jobs that could not be read are not built") {
    test::TestSession test;
    auto jobs = waiting({"web"});
    jobs[0].state = State::failed;
    CHECK(cmd::run_jobs(jobs, true, test.session, [](cmd::Job&) -> State {
              FAIL("built");
              return State::built;
          }) == 0);
}

TEST_CASE("an interrupt ends a run even with keep-going") {
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
    CHECK(cmd::run_jobs(jobs, true, session, build) == 130);
    CHECK(jobs[1].state == State::waiting);
}
