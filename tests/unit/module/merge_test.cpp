#include "generate.hpp"
#include "module_support.hpp"
#include "selns/module/merge.hpp"
#include "support/catch.hpp"
#include "support/fake_policy.hpp"
#include "support/temp_dir.hpp"

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;
using namespace selns::test;

namespace {

MergeResult merge(const LocalModule& module, const std::vector<std::string>& logs,
                  const Policy& policy) {
    LogReader reader;
    for (std::size_t i = 0; i < logs.size(); ++i)
        reader.read_text(logs[i], std::to_string(i) + ".log");
    return merge_denials(reader.finish(), module, policy, {});
}

FakePolicy policy_with_some_access() {
    FakePolicy policy = small_policy();
    for (const std::string target : {"a_t", "b_t", "c_t"})
        for (const std::string permission : {"read", "open"})
            policy.allowed.insert({"a_t", target, "file", permission});
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

std::string denial_line(const std::string& source, const std::string& target,
                        const std::string& tclass, const std::string& permissions,
                        const std::string& more = {}) {
    static int serial = 0;
    return "type=AVC msg=audit(1700000000.123:" + std::to_string(++serial) + "): avc:  denied  { " +
           permissions + " } for  pid=1 comm=\"x\" scontext=" + process_context(source) +
           " tcontext=" + object_context(target) + " tclass=" + tclass + more + "\n";
}

// The rules, without their provenance.
std::string rules_after(const std::string& log) {
    std::string text;
    for (const auto& [triple, grant] : merge({}, {log}, small_policy()).module.rules())
        text += to_text(triple, grant, Format::cil) + "\n";
    return text;
}

std::map<Triple, Permissions> permissions_of(const Rules& rules) {
    std::map<Triple, Permissions> result;
    for (const auto& [triple, grant] : rules)
        result[triple] = grant.permissions;
    return result;
}

std::uint64_t count(const MergeResult& result, Verdict verdict) {
    const auto found = result.judged.counts.find(verdict);
    return found == result.judged.counts.end() ? 0 : found->second.unique;
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
    for (const Finding& finding : result.judged.findings) {
        unique[finding.verdict] += finding.permissions.size();
        CHECK(finding.records > 0);
        CHECK(finding.at.known());
        if (finding.verdict == Verdict::allow)
            expected[finding.triple].permissions.insert(finding.permissions.begin(),
                                                        finding.permissions.end());
    }
    // A denial that widens it shows that a_t is a type, and its rule becomes one on self.
    const Triple twin{"a_t", "a_t", "file"};
    const Triple self{"a_t", "self", "file"};
    expected[self].permissions.insert("write");
    expected.erase(expected[self].permissions.size() > 1 ? twin : self);
    CHECK(permissions_of(result.module.rules()) == permissions_of(expected));
    for (const auto& [verdict, number] : unique)
        CHECK(result.judged.counts.at(verdict).unique == number);
    CHECK(result.denials.records > 0);
    CHECK(count(result, Verdict::unknown_type) > 0);
    CHECK(count(result, Verdict::mislabelled) > 0);
    CHECK(count(result, Verdict::invalid_context) > 0);
}

TEST_CASE("findings say where they were seen") {
    const std::string log = "boot\n" + denial_line("a_t", "b_t", "file", "read") +
                            denial_line("a_t", "b_t", "file", "read write") +
                            denial_line("a_t", "c_t", "file", "append");
    const LocalModule module = LocalModule::parse("(allow a_t b_t (file (read)))", "m.cil");
    const MergeResult result = merge(module, {"", log}, small_policy());
    REQUIRE(result.changes.size() == 2);
    CHECK(result.changes[0].widened);
    CHECK(result.changes[0].added == Permissions{"write"});
    CHECK_FALSE(result.changes[1].widened);
    REQUIRE(result.judged.findings.size() == 2);
    CHECK(result.judged.findings[0].permissions == Permissions{"read", "write"});
    CHECK(result.judged.findings[0].records == 3 - 1);
    CHECK(result.judged.findings[0].at == selns::Location{"1.log", 2, 0});
    CHECK(result.judged.findings[0].seen.programs == std::vector<std::string>{"x"});
    CHECK(result.judged.counts.at(Verdict::allow).records == 3);
    CHECK(result.judged.counts.at(Verdict::allow).unique == 3);
    CHECK(result.denials.logs.size() == 2);
    CHECK(result.denials.logs[1].records == 3);
}

TEST_CASE("guarded and hidden access names the line that would accept all of it") {
    FakePolicy policy = small_policy();
    policy.classes["capability"] = {"sys_admin", "sys_ptrace"};
    const MergeResult result = merge({},
                                     {denial_line("a_t", "a_t", "capability", "sys_admin") +
                                      denial_line("a_t", "a_t", "capability", "sys_ptrace")},
                                     policy);
    CHECK(result.changes.empty());
    REQUIRE(result.judged.findings.size() == 1);
    CHECK(result.judged.findings[0].verdict == Verdict::guarded);
    CHECK(result.judged.findings[0].advice ==
          "if it has to be: selinux.denials.accept: [\"a_t self:capability { sys_admin sys_ptrace "
          "}\"]");
}

TEST_CASE("rules that the policy has come to allow are needless") {
    FakePolicy policy = small_policy();
    policy.allowed = {{"a_t", "b_t", "file", "read"},
                      {"a_t", "b_t", "file", "ioctl"},
                      {"a_t", "a_t", "process", "signal"},
                      {"c_t", "d_t", "file", "ioctl"},
                      {"d_t", "e_t", "file", "ioctl"}};
    policy.commands[{"c_t", "d_t", "file"}] = {1, 2};
    LocalModule module =
        LocalModule::parse("(type own_t)\n(allow a_t b_t (file (ioctl read write)))\n"
                           "(allow a_t self (process (signal)))\n"
                           "(allow own_t b_t (file (read)))\n"
                           "(allow c_t d_t (file (ioctl)))\n"
                           "(allowx c_t d_t (ioctl file (1 5)))\n"
                           "(allow d_t e_t (file (ioctl)))\n"
                           "(allowx d_t e_t (ioctl file (1)))\n",
                           "m.cil");
    module.subtract(needless(module, policy));
    const Rules rules = module.rules();
    CHECK(rules.at({"a_t", "b_t", "file"}).permissions == Permissions{"write"});
    CHECK_FALSE(rules.contains({"a_t", "self", "process"}));
    CHECK(rules.at({"own_t", "b_t", "file"}).permissions == Permissions{"read"});
    CHECK(rules.at({"c_t", "d_t", "file"}).commands == Commands{5});
    // The policy allows every command: without its own list the module would open all of them.
    CHECK(rules.at({"d_t", "e_t", "file"}).commands == Commands{1});
}

// What audit2allow gets wrong, as far as the verdicts reach.

TEST_CASE("a second run keeps the first one's rules") {
    const MergeResult first =
        merge({}, {denial_line("a_t", "b_t", "file", "read")}, small_policy());
    const MergeResult second =
        merge(first.module, {denial_line("c_t", "d_t", "dir", "search")}, small_policy());
    CHECK(second.module.rules().size() == 2);
    CHECK(second.changes.size() == 1);
}

TEST_CASE("access that the policy already allows is not emitted again") {
    FakePolicy policy = small_policy();
    policy.allowed.insert({"a_t", "b_t", "file", "read"});
    const MergeResult result = merge({}, {denial_line("a_t", "b_t", "file", "read write")}, policy);
    CHECK(permissions_of(result.module.rules()) ==
          permissions_of(rules_of({{{"a_t", "b_t", "file"}, {"write"}}})));
    CHECK(count(result, Verdict::already_allowed) == 1);
}

TEST_CASE("one triple is one rule") {
    CHECK(rules_after(denial_line("a_t", "b_t", "file", "read open") +
                      denial_line("a_t", "b_t", "file", "write")) ==
          "(allow a_t b_t (file (open read write)))\n");
}

TEST_CASE("trawcon shows that a label is wrong, and makes no rule") {
    const std::string log = denial_line("a_t", "unlabeled_t", "file", "read",
                                        " permissive=0 trawcon=\"system_u:object_r:b_t:s0\"");
    CHECK(rules_after(log).empty());
    const MergeResult result = merge({}, {log}, small_policy());
    REQUIRE(result.judged.findings.size() == 1);
    CHECK(result.judged.findings[0].verdict == Verdict::mislabelled);
    CHECK(result.judged.findings[0].triple == Triple{"a_t", "b_t", "file"});
}

TEST_CASE("one unknown permission does not drop the denial") {
    const MergeResult result =
        merge({}, {denial_line("a_t", "b_t", "file", "read watch_everything")}, small_policy());
    CHECK(permissions_of(result.module.rules()) ==
          permissions_of(rules_of({{{"a_t", "b_t", "file"}, {"read"}}})));
    CHECK(count(result, Verdict::unknown_permission) == 1);
    CHECK(result.judged.findings[0].reason == "permission watch_everything of class file");
}

TEST_CASE("the closing quote of a user space record is not part of the class") {
    CHECK(rules_after("type=USER_AVC msg=audit(1.1:1): pid=1 subj=x msg='avc:  denied  { read } "
                      "for scontext=u:r:a_t:s0 tcontext=u:r:b_t:s0 tclass=file'\n") ==
          "(allow a_t b_t (file (read)))\n");
}

TEST_CASE("an ioctl command of 0 does not drop the denial") {
    const FakePolicy policy = small_policy();
    const std::string log = "avc:  denied  { ioctl } for ioctlcmd=0x0 scontext=u:r:a_t:s0 "
                            "tcontext=u:r:b_t:s0 tclass=file permissive=0\n";
    CHECK(merge({}, {log}, policy).module.rules().size() == 1);
}

TEST_CASE("a type denied itself becomes a rule on self") {
    CHECK(rules_after(denial_line("a_t", "a_t", "process", "signal")) ==
          "(allow a_t self (process (signal)))\n");
}

TEST_CASE("what the module's own dontaudit rules hide becomes no rule") {
    const std::string log =
        denial_line("a_t", "b_t", "file", "write") + denial_line("a_t", "a_t", "dir", "read");
    for (const auto& [text, file] :
         {std::pair("(dontaudit a_t b_t (file (write append)))\n(dontaudit a_t self (dir (read)))\n"
                    "(dontaudit a_t b_t (file (not (read))))\n",
                    "m.cil"),
          std::pair("module m 1.0;\ndontaudit a_t b_t : file { write append };\n"
                    "dontaudit a_t self:dir read;\ndontaudit a_t ~b_t:file read;\n",
                    "m.te")}) {
        const auto merged = merge(LocalModule::parse(text, file), {log}, small_policy());
        CHECK(merged.changes.empty());
        REQUIRE(merged.judged.findings.size() == 2);
        for (const Finding& finding : merged.judged.findings) {
            CHECK(finding.verdict == Verdict::dontaudit);
            CHECK(finding.hidden);
        }
    }
}

TEST_CASE("what the recipe silences becomes a dontaudit rule, once") {
    const FakePolicy policy = small_policy();
    Preferences preferences;
    preferences.silence = {AccessPattern::parse("a_t b_t:file *", {})};
    const auto merged = [&](const LocalModule& module, const std::string& log) {
        LogReader reader;
        reader.read_text(log, "k.log");
        return merge_denials(reader.finish(), module, policy, preferences);
    };
    const std::string log = denial_line("a_t", "b_t", "file", "read write") +
                            denial_line("a_t", "c_t", "file", "read") +
                            denial_line("a_t", "b_t", "dir", "read");
    for (const std::string file : {"m.cil", "m.te"}) {
        const bool cil = file == "m.cil";
        const LocalModule empty = LocalModule::parse("", file);
        const MergeResult first = merged(empty, log);
        CHECK(first.changes.size() == 2);
        REQUIRE(first.silenced.size() == 1);
        CHECK(first.changes_module());
        const std::string text = first.module.str();
        CHECK(text.find(cil ? "(dontaudit a_t b_t (file (read write)))"
                            : "dontaudit a_t b_t:file { read write };") != std::string::npos);
        CHECK(first.judged.counts.at(Verdict::silenced).unique == 2);

        const MergeResult again = merged(LocalModule::parse(text, file), log);
        CHECK_FALSE(again.changes_module());
        CHECK(again.module.str() == text);
        const MergeResult more =
            merged(again.module, log + denial_line("a_t", "b_t", "file", "append"));
        CHECK(more.silenced.size() == 1);
    }
}

TEST_CASE("what comes with a permission is marked as not seen until it is") {
    const FakePolicy policy = small_policy();
    Preferences preferences;
    preferences.complete = true;
    const auto merged = [&](const LocalModule& module, const std::string& permissions) {
        LogReader reader;
        reader.read_text(denial_line("a_t", "b_t", "file", permissions), "k.log");
        return merge_denials(reader.finish(), module, policy, preferences).module;
    };
    for (const std::string file : {"m.cil", "m.te"}) {
        const LocalModule first = merged(LocalModule::parse("", file), "read");
        const std::string text = first.str();
        CHECK(text.find("not seen: getattr open\n") != std::string::npos);
        const LocalModule known = LocalModule::parse(text, file);
        CHECK(known.str() == text);
        CHECK(merged(known, "read").str() == text);
        const std::string seen = merged(known, "open").str();
        CHECK(seen.find("not seen: getattr\n") != std::string::npos);
        CHECK(merged(merged(LocalModule::parse("", file), "open"), "read").str() == seen);
        CHECK(merged(merged(LocalModule::parse("", file), "open"), "read").str() == seen);
        CHECK(merged(known, "getattr open").str().find("not seen") == std::string::npos);
    }
}

TEST_CASE("what .te cannot name is left out and told, and the rest is merged") {
    FakePolicy policy = small_policy();
    policy.types.insert({"mybox.process", "user"});
    policy.classes["file"].insert("module");
    const std::string log = denial_line("mybox.process", "b_t", "file", "read write") +
                            denial_line("a_t", "mybox.process", "process", "signal") +
                            denial_line("a_t", "user", "file", "read") +
                            denial_line("mybox.process", "mybox.process", "process", "setsched") +
                            denial_line("a_t", "b_t", "file", "module read") +
                            denial_line("c_t", "b_t", "file", "module");
    const MergeResult te = merge(LocalModule(Format::te, "m"), {log}, policy);
    CHECK(permissions_of(te.module.rules()) ==
          permissions_of(rules_of({{{"a_t", "b_t", "file"}, {"read"}}})));
    std::vector<std::string> left_out;
    for (const Unwritable& rule : te.left_out)
        left_out.push_back(rule.name + ": " + to_cil(rule.triple, rule.permissions));
    CHECK(left_out == std::vector<std::string>{
                          "module: (allow a_t b_t (file (module)))",
                          "mybox.process: (allow a_t mybox.process (process (signal)))",
                          "user: (allow a_t user (file (read)))",
                          "module: (allow c_t b_t (file (module)))",
                          "mybox.process: (allow mybox.process b_t (file (read write)))",
                          "mybox.process: (allow mybox.process self (process (setsched)))"});
    CHECK(te.asked == 1);

    const MergeResult cil = merge({}, {log}, policy);
    CHECK(cil.left_out.empty());
    CHECK(cil.module.rules().size() == 6);
}
