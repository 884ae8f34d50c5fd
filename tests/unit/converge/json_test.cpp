#include "selns/converge/json.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace selns::converge;

namespace {

Round a_round() {
    Round round;
    round.number = 2;
    round.enforcing = true;
    round.selinux_namespace = boot::SelinuxNamespace::container;
    round.target = std::chrono::milliseconds(18'500);
    round.records = 3;
    round.unique = 2;
    round.added = {"(allow a_t b_t (file (read)))"};
    round.hidden = {"a_t c_t:dir { y }"};
    round.obstacles = {{"a_t b_t:dir { x }",
                        "constraint",
                        "u1 == u2",
                        "nothing",
                        {{"selinux.file_contexts", "- '/root'", ""}}}};
    round.failed_units = {"x.service"};
    round.failed_access = {"x: Permission denied"};
    round.gaps = {{"the log is cut off", "mend it"}};
    return round;
}

} // namespace

TEST_CASE("A state is read as it was written") {
    const auto state = parse_state(to_json(State{"key", {a_round()}}));
    REQUIRE(state.has_value());
    CHECK(state->key == "key");
    REQUIRE(state->rounds.size() == 1);
    const Round& round = state->rounds[0];
    CHECK(round.number == 2);
    CHECK(round.enforcing);
    CHECK(round.selinux_namespace == a_round().selinux_namespace);
    CHECK(round.target == a_round().target);
    CHECK(round.records == 3);
    CHECK(round.added == a_round().added);
    CHECK(round.hidden == a_round().hidden);
    CHECK(round.obstacles == a_round().obstacles);
    CHECK(round.failed_units == a_round().failed_units);
    CHECK(round.failed_access == a_round().failed_access);
    CHECK(round.gaps == a_round().gaps);
}

TEST_CASE("What is no state is none") {
    for (const char* text : {"", "x", "{}", "[]", R"({"version": 1, "key": "k", "rounds": []})",
                             R"({"version": 2, "key": "k", "rounds": []})",
                             R"({"version": 3, "key": 1, "rounds": []})",
                             R"({"version": 3, "key": "k", "rounds": [{}]})"})
        CHECK_FALSE(parse_state(text).has_value());
}

TEST_CASE("The report of a run") {
    Result result;
    result.name = "web";
    result.failure = "denials are left that no rule can help";
    result.rounds = {a_round()};
    result.obstacles = a_round().obstacles;
    const auto json = nlohmann::json::parse(to_json(result));
    CHECK(json["converged"] == false);
    CHECK(json["outcome"] == "failed");
    CHECK(json["rounds"][0]["mode"] == "enforcing");
    CHECK(json["rounds"][0]["complete"] == false);
    CHECK(json["rounds"][0]["not_known"][0]["advice"] == "mend it");
    CHECK(json["obstacles"][0]["verdict"] == "constraint");
}

TEST_CASE("The report of a run of which not all is known") {
    Result result;
    result.outcome = Outcome::not_known;
    result.gaps = a_round().gaps;
    const auto json = nlohmann::json::parse(to_json(result));
    CHECK(json["converged"] == false);
    CHECK(json["outcome"] == "not known");
    CHECK(json["not_known"][0]["reason"] == "the log is cut off");
}
