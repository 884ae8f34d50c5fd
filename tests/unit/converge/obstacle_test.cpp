#include "selns/converge/obstacle.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::converge;
using verdict::Verdict;

namespace {

log::Denial denial_of(const std::string& scontext, const std::string& tcontext) {
    log::Denial denial;
    denial.scontext = scontext;
    denial.tcontext = tcontext;
    denial.tclass = "dir";
    denial.permissions = {"relabelto"};
    return denial;
}

const log::Denial root =
    denial_of("system_u:system_r:a_t:s0:c1,c2", "unconfined_u:object_r:user_home_dir_t:s0");

verdict::Finding finding_of(Verdict verdict, const std::string& reason = {},
                            const log::Denial& denial = root) {
    verdict::Finding finding;
    finding.verdict = verdict;
    finding.reason = reason;
    finding.triple = verdict::triple_of(denial);
    finding.permissions = {"relabelfrom", "relabelto"};
    finding.seen.add_object("root");
    return finding;
}

Obstacle obstacle(const verdict::Finding& finding, const recipe::Recipe& recipe = {}) {
    return obstacle_of(finding, {root}, recipe);
}

} // namespace

TEST_CASE("What stands in the way") {
    CHECK(stands_in_the_way(finding_of(Verdict::constraint)));
    CHECK(stands_in_the_way(finding_of(Verdict::unknown_type)));
    CHECK_FALSE(stands_in_the_way(finding_of(Verdict::allow)));
    CHECK_FALSE(stands_in_the_way(finding_of(Verdict::tolerated)));
    auto hidden = finding_of(Verdict::constraint);
    hidden.hidden = true;
    CHECK_FALSE(stands_in_the_way(hidden));
}

TEST_CASE("A constraint on users is a file context's affair, or the workload's") {
    const std::string reason = "constrain dir { relabelto } (u1 == u2 or t1 == x)";
    auto constrained = finding_of(Verdict::constraint, reason);
    constrained.file_contexts = {"/root -d system_u:object_r:user_home_dir_t:s0"};
    auto found = obstacle(constrained);
    CHECK(found.access == "a_t user_home_dir_t:dir { relabelfrom relabelto }");
    REQUIRE(found.choices.size() == 1);
    CHECK(found.choices[0].key == "selinux.file_contexts");
    CHECK(found.choices[0].line == "- '/root -d system_u:object_r:user_home_dir_t:s0'");

    recipe::Recipe recipe;
    recipe.boot.run = {{"true", "system_u:system_r:b_t:s0", {}}, {"true", root.scontext, {}}};
    found = obstacle(constrained, recipe);
    REQUIRE(found.choices.size() == 2);
    CHECK(found.choices[1].key == "boot.run[1].context");
    CHECK(found.choices[1].line == "'unconfined_u:system_r:a_t:s0:c1,c2'");
}

TEST_CASE("What the recipe could say by verdict") {
    const auto keys_of = [](const Obstacle& obstacle) {
        std::vector<std::string> keys;
        for (const Choice& choice : obstacle.choices)
            keys.push_back(choice.key + ": " + choice.line);
        return keys;
    };
    const std::string access = "- 'a_t user_home_dir_t:dir { relabelfrom relabelto }'";
    CHECK(keys_of(obstacle(finding_of(Verdict::boolean, "one: true, two: false"))) ==
          std::vector<std::string>{"selinux.booleans: one: true", "selinux.booleans: two: false",
                                   "selinux.denials.accept: " + access});
    CHECK(keys_of(obstacle(finding_of(Verdict::guarded, "why"))) ==
          std::vector<std::string>{"selinux.denials.accept: " + access});
    CHECK(keys_of(obstacle(finding_of(Verdict::mislabelled))) ==
          std::vector<std::string>{"selinux.denials.accept: " + access});
    // A rule is no choice where it would be useless or forbidden; the verdict says what is.
    for (const Verdict verdict : {Verdict::constraint, Verdict::neverallow}) {
        CHECK(obstacle(finding_of(verdict)).choices.empty());
        CHECK_FALSE(obstacle(finding_of(verdict)).advice.empty());
    }
}

TEST_CASE("A path that no specification knows") {
    const auto lost = denial_of("system_u:system_r:a_t:s0", "system_u:object_r:default_t:s0");
    auto finding = finding_of(Verdict::mislabelled, "default_t", lost);
    finding.acceptable = false;
    finding.file_contexts = {"/it's(/.*)? system_u:object_r:a_it_s_t:s0"};
    finding.statements = {"(type a_it_s_t)", "(roletype object_r a_it_s_t)"};
    const auto found = obstacle(finding);
    REQUIRE(found.choices.size() == 2);
    CHECK(found.choices[0].line == "- '/it''s(/.*)? system_u:object_r:a_it_s_t:s0'");
    CHECK(found.choices[1].line == "(type a_it_s_t)\n(roletype object_r a_it_s_t)");
}

TEST_CASE("What does no harm can be left as it is") {
    const auto choices = harmless_choices(obstacle(finding_of(Verdict::constraint)));
    REQUIRE(choices.size() == 2);
    CHECK(choices[0].key == "selinux.denials.tolerate");
    CHECK(choices[0].line == "- 'a_t user_home_dir_t:dir { relabelfrom relabelto }'");
    CHECK(choices[1].key == "selinux.denials.silence");
    CHECK(choices[1].line == choices[0].line);
    CHECK(harmless_choices(obstacle(finding_of(Verdict::unknown_type))).empty());
}
