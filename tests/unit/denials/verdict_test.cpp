#include "fake_policy.hpp"
#include "selns/denials/verdict.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace selns::denials;
using namespace selns::test;

namespace {

// "permission=verdict[:subject]", sorted.
std::vector<std::string> verdicts(const Policy& policy, const std::string& source,
                                  const std::string& target, const std::string& tclass,
                                  const std::vector<std::string>& permissions,
                                  const std::set<std::string>& declared = {}) {
    std::vector<std::string> lines;
    for (const Judgement& judgement : judge(policy, declared, process_context(source),
                                            object_context(target), tclass, permissions))
        lines.push_back(judgement.permission + "=" + std::string(name_of(judgement.verdict)) +
                        (judgement.subject.empty() ? "" : ":" + judgement.subject));
    std::ranges::sort(lines);
    return lines;
}

using List = std::vector<std::string>;

} // namespace

TEST_CASE("each permission gets a verdict of its own") {
    FakePolicy policy = small_policy();
    policy.allowed.insert({process_context("a_t"), object_context("b_t"), "file", "read"});
    CHECK(verdicts(policy, "a_t", "b_t", "file", {"frobnicate", "read", "write"}) ==
          List{"frobnicate=unknown permission:frobnicate", "read=already allowed", "write=allow"});
    CHECK(verdicts(policy, "a_t", "b_t", "file", {"0x800000", "write"}) ==
          List{"0x800000=unknown permission:0x800000", "write=allow"});
}

TEST_CASE("names that the policy does not have") {
    const FakePolicy policy = small_policy();
    CHECK(verdicts(policy, "x_t", "y_t", "zzz", {"read"}) == List{"read=unknown type:x_t"});
    CHECK(verdicts(policy, "a_t", "y_t", "zzz", {"read"}) == List{"read=unknown type:y_t"});
    CHECK(verdicts(policy, "a_t", "b_t", "zzz", {"read"}) == List{"read=unknown class:zzz"});
    CHECK(verdicts(policy, "a_t", "b_t", "dir", {"append"}) ==
          List{"append=unknown permission:append"});
}

TEST_CASE("unlabeled wins over everything") {
    const FakePolicy policy = small_policy();
    CHECK(verdicts(policy, "x_t", "unlabeled_t", "zzz", {"read"}) ==
          List{"read=unlabeled:unlabeled_t"});
    CHECK(verdicts(policy, "unlabeled_t", "b_t", "file", {"read", "write"}) ==
          List{"read=unlabeled:unlabeled_t", "write=unlabeled:unlabeled_t"});
}

TEST_CASE("a context that the policy does not have, of a type that it has") {
    FakePolicy policy = small_policy();
    policy.invalid.insert(object_context("b_t"));
    CHECK(verdicts(policy, "a_t", "b_t", "file", {"frobnicate", "read"}) ==
          List{"frobnicate=unknown permission:frobnicate",
               "read=invalid context:system_u:object_r:b_t:s0"});
    policy.invalid.insert(process_context("a_t"));
    CHECK(verdicts(policy, "a_t", "b_t", "file", {"read"}) ==
          List{"read=invalid context:system_u:system_r:a_t:s0"});
}

TEST_CASE("types of the local module exist") {
    const FakePolicy policy = small_policy();
    CHECK(verdicts(policy, "a_t", "new_t", "file", {"read"}) == List{"read=unknown type:new_t"});
    CHECK(verdicts(policy, "a_t", "new_t", "file", {"read"}, {"new_t"}) == List{"read=allow"});
    CHECK(verdicts(policy, "new_t", "a_t", "file", {"nope"}, {"new_t"}) ==
          List{"nope=unknown permission:nope"});
}

// A policy is hostile too: it may define what no module can name.
TEST_CASE("a name that CIL cannot hold is unknown though the policy has it") {
    FakePolicy policy = small_policy();
    policy.classes["file"].insert("all");
    policy.types.insert("self");
    CHECK(verdicts(policy, "a_t", "b_t", "file", {"all"}) == List{"all=unknown permission:all"});
    CHECK(verdicts(policy, "a_t", "self", "file", {"read"}) == List{"read=unknown type:self"});
}

TEST_CASE("every verdict has words") {
    for (const Verdict verdict : all_verdicts()) {
        CHECK_FALSE(name_of(verdict).empty());
        CHECK_FALSE(explanation_of(verdict).empty());
    }
    CHECK(is_refusal(Verdict::unknown_type));
    CHECK(is_refusal(Verdict::invalid_context));
    CHECK_FALSE(is_refusal(Verdict::unlabeled));
    CHECK_FALSE(is_refusal(Verdict::allow));
}
