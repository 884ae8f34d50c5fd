#include "fake_policy.hpp"
#include "generate.hpp"
#include "selns/denials/merge.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns::denials;
using namespace selns::test;

namespace {

const selns::Interrupt never;

MergeResult merge(const LocalModule& module, const std::vector<std::string>& logs,
                  const Policy& policy) {
    LogReader reader;
    for (std::size_t i = 0; i < logs.size(); ++i)
        reader.read_text(logs[i], std::to_string(i) + ".log");
    return merge_denials(reader.finish(), module, policy);
}

FakePolicy policy_with_some_access() {
    FakePolicy policy = small_policy();
    for (const std::string target : {"a_t", "b_t", "c_t"})
        for (const std::string permission : {"read", "open"})
            policy.allowed.insert(
                {process_context("a_t"), object_context(target), "file", permission});
    policy.invalid.insert(object_context("f_t"));
    return policy;
}

LocalModule started_module() {
    return LocalModule::parse("; ours\n(typetransition a_t b_t file c_t)\n\n"
                              "; a comment\n(allow a_t a_t (file (write)))\n"
                              "(allow b_t c_t (dir (search)))\n"
                              "(allow hand_t made_t (file (read)))\n",
                              "m.cil");
}

std::string denial(const std::string& source, const std::string& target, const std::string& tclass,
                   const std::string& permissions, const std::string& more = {}) {
    static int serial = 0;
    return "type=AVC msg=audit(1700000000.123:" + std::to_string(++serial) + "): avc:  denied  { " +
           permissions + " } for  pid=1 comm=\"x\" scontext=" + process_context(source) +
           " tcontext=" + object_context(target) + " tclass=" + tclass + more + "\n";
}

std::string rules_after(const std::string& log) {
    const LocalModule module = merge({}, {log}, small_policy()).module;
    return module.str().substr(std::min(LocalModule().str().size() + 1, module.str().size()));
}

std::uint64_t count(const MergeResult& result, Verdict verdict) {
    const auto found = result.counts.find(verdict);
    return found == result.counts.end() ? 0 : found->second.unique;
}

} // namespace

TEST_CASE("merging is a set union: idempotent, commutative, associative") {
    const FakePolicy policy = policy_with_some_access();
    const unsigned seed = GENERATE(range(1U, 9U));
    const std::string a = generate_log(seed, 120);
    const std::string b = generate_log(seed + 1000, 60);
    const std::string c = generate_log(seed + 2000, 30);
    for (const LocalModule& start : {LocalModule(), started_module()}) {
        const auto then = [&](const LocalModule& module, const std::string& log) {
            return merge(module, {log}, policy).module;
        };
        const std::string all = merge(start, {a, b, c}, policy).module.str();
        CHECK(then(then(then(start, a), b), c).str() == all);
        CHECK(then(then(then(start, c), b), a).str() == all);
        CHECK(merge(then(start, b), {c, a}, policy).module.str() == all);
        CHECK(then(start, a + b + c).str() == all);
        CHECK(then(start, c + a + b + a).str() == all);

        const MergeResult again = merge(LocalModule::parse(all, "m.cil"), {b, a, c}, policy);
        CHECK(again.module.str() == all);
        CHECK(again.changes.empty());
        CHECK(again.module.same_statements(merge(start, {a, b, c}, policy).module));
    }
}

TEST_CASE("what is merged is what was there and what the verdicts allow, nothing else") {
    const FakePolicy policy = policy_with_some_access();
    const unsigned seed = GENERATE(range(1U, 9U));
    const LocalModule before = started_module();
    const MergeResult result = merge(before, {generate_log(seed, 200)}, policy);

    Rules expected = before.rules();
    std::map<Verdict, std::uint64_t> unique;
    for (const JudgedAccess& judged : result.judged) {
        const Access& access = judged.access;
        ++unique[access.verdict];
        CHECK(judged.records > 0);
        CHECK(judged.first.at.known());
        if (access.verdict == Verdict::allow)
            expected[access.triple].insert(access.permission);
    }
    // A denial that widens it shows that a_t is a type, and its rule becomes one on self.
    const Triple twin{"a_t", "a_t", "file"};
    const Triple self{"a_t", "self", "file"};
    expected[self].insert("write");
    expected.erase(expected[self].size() > 1 ? twin : self);
    CHECK(result.module.rules() == expected);
    for (const auto& [verdict, number] : unique)
        CHECK(result.counts.at(verdict).unique == number);
    CHECK(result.records > 0);
    CHECK(count(result, Verdict::unknown_type) > 0);
    CHECK(count(result, Verdict::unlabeled) > 0);
    CHECK(count(result, Verdict::invalid_context) > 0);
}

TEST_CASE("each change names the record that was the first to ask for it") {
    const std::string log = "boot\n" + denial("a_t", "b_t", "file", "read") +
                            denial("a_t", "b_t", "file", "read write") +
                            denial("a_t", "c_t", "file", "append");
    const LocalModule module = LocalModule::parse("(allow a_t b_t (file (read)))", "m.cil");
    const MergeResult result = merge(module, {"", log}, small_policy());
    REQUIRE(result.changes.size() == 2);
    CHECK(result.changes[0].change.widened);
    CHECK(result.changes[0].change.added == Permissions{"write"});
    CHECK(result.changes[0].first.at == selns::Location{"1.log", 3, 0});
    CHECK_FALSE(result.changes[1].change.widened);
    CHECK(result.changes[1].first.at == selns::Location{"1.log", 4, 0});
    CHECK(result.counts.at(Verdict::allow).records == 3);
    CHECK(result.counts.at(Verdict::allow).unique == 3);
    CHECK(result.logs.size() == 2);
    CHECK(result.logs[1].records == 3);
}

TEST_CASE("logs are files") {
    const TempDir dir;
    const auto one = dir.write("1.log", denial("a_t", "b_t", "file", "read"));
    const auto two = dir.write("2.log", denial("a_t", "b_t", "file", "write") + "avc:  denied\n");
    const MergeResult result = merge_logs({one, two}, {}, small_policy(), never);
    CHECK(result.module.rules().at({"a_t", "b_t", "file"}) == Permissions{"read", "write"});
    CHECK(result.malformed_count == 1);
    CHECK(result.malformed.at(0).at == selns::Location{two.string(), 2, 0});
    CHECK(result.logs.at(0).file == one.string());
}

// What audit2allow gets wrong, as far as the verdicts reach.

TEST_CASE("a second run keeps the first one's rules") {
    const MergeResult first = merge({}, {denial("a_t", "b_t", "file", "read")}, small_policy());
    const MergeResult second =
        merge(first.module, {denial("c_t", "d_t", "dir", "search")}, small_policy());
    CHECK(second.module.rules().size() == 2);
    CHECK(second.changes.size() == 1);
}

TEST_CASE("access that the policy already allows is not emitted again") {
    FakePolicy policy = small_policy();
    policy.allowed.insert({process_context("a_t"), object_context("b_t"), "file", "read"});
    const MergeResult result = merge({}, {denial("a_t", "b_t", "file", "read write")}, policy);
    CHECK(result.module.rules() == Rules{{{"a_t", "b_t", "file"}, {"write"}}});
    CHECK(count(result, Verdict::already_allowed) == 1);
}

TEST_CASE("one triple is one rule") {
    CHECK(rules_after(denial("a_t", "b_t", "file", "read open") +
                      denial("a_t", "b_t", "file", "write")) ==
          "(allow a_t b_t (file (open read write)))\n");
}

TEST_CASE("trawcon is the target") {
    const std::string log = denial("a_t", "unlabeled_t", "file", "read",
                                   " permissive=0 trawcon=\"system_u:object_r:b_t:s0\"");
    CHECK(rules_after(log) == "(allow a_t b_t (file (read)))\n");
    CHECK(rules_after(denial("a_t", "unlabeled_t", "file", "read", " permissive=0")).empty());
}

TEST_CASE("one unknown permission does not drop the denial") {
    const MergeResult result =
        merge({}, {denial("a_t", "b_t", "file", "read watch_everything")}, small_policy());
    CHECK(result.module.rules() == Rules{{{"a_t", "b_t", "file"}, {"read"}}});
    REQUIRE(result.judged.size() == 2);
    CHECK(result.judged[1].access.verdict == Verdict::unknown_permission);
    CHECK(result.judged[1].access.subject == "watch_everything");
}

TEST_CASE("the closing quote of a user space record is not part of the class") {
    CHECK(rules_after("type=USER_AVC msg=audit(1.1:1): pid=1 subj=x msg='avc:  denied  { read } "
                      "for scontext=u:r:a_t:s0 tcontext=u:r:b_t:s0 tclass=file'\n") ==
          "(allow a_t b_t (file (read)))\n");
}

TEST_CASE("an ioctl command of 0 does not drop the denial") {
    FakePolicy policy = small_policy();
    policy.classes["file"].insert("ioctl");
    const std::string log = "avc:  denied  { ioctl } for ioctlcmd=0x0 scontext=u:r:a_t:s0 "
                            "tcontext=u:r:b_t:s0 tclass=file permissive=0\n";
    CHECK(merge({}, {log}, policy).module.rules().size() == 1);
}

TEST_CASE("a type denied itself becomes a rule on self") {
    CHECK(rules_after(denial("a_t", "a_t", "process", "signal")) ==
          "(allow a_t self (process (signal)))\n");
}
