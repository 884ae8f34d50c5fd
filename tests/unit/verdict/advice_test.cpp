// What is said about findings when all of them are known.

#include "selns/verdict/companions.hpp"
#include "selns/verdict/findings.hpp"
#include "support/catch.hpp"
#include "support/fake_policy.hpp"

#include <algorithm>

using namespace selns;
using namespace selns::log;
using namespace selns::verdict;
using namespace selns::test;

namespace {

using Lines = std::vector<std::string>;

const label::Matcher
    usual_contexts({{{"file_contexts", "/.* system_u:object_r:default_t:s0\n"
                                       "/etc(/.*)? system_u:object_r:etc_t:s0\n"
                                       "/etc/ssl(/.*)? system_u:object_r:cert_t:s0\n"
                                       "/var/lib(/.*)? system_u:object_r:var_lib_t:s0\n"
                                       "/tmp -d system_u:object_r:tmp_t:s0\n/tmp/.* <<none>>\n"}},
                    {},
                    {}});

FakePolicy policy_of_files() {
    FakePolicy policy = small_policy();
    for (const char* type : {"default_t", "etc_t", "var_lib_t", "tmp_t", "cert_t"})
        policy.types.insert(type);
    policy.classes["file"].insert("create");
    policy.classes["capability"] = {"dac_override", "dac_read_search"};
    policy.classes["process"].insert({"execmem", "execstack"});
    policy.attributes["file_type"] = {"etc_t", "var_lib_t", "default_t", "tmp_t"};
    policy.contexts = FileContexts(usual_contexts);
    return policy;
}

Denial seen_on(const std::string& source, const std::string& target, const std::string& tclass,
               const Lines& permissions, const std::string& object,
               const std::string& program = "x") {
    Denial denial;
    denial.scontext = process_context(source);
    denial.tcontext = source == target ? denial.scontext : object_context(target);
    denial.tclass = tclass;
    denial.permissions = permissions;
    denial.records = 1;
    if (!object.empty())
        denial.seen.add_object(object);
    denial.seen.add_program(program);
    return denial;
}

std::vector<Finding> findings(const Policy& policy, std::vector<Denial> denials,
                              const Preferences& preferences = {}) {
    std::ranges::sort(denials, {}, [](const Denial& denial) -> const Record& { return denial; });
    return judge_all(denials, policy, preferences, {}).findings;
}

} // namespace

TEST_CASE("what everybody's type labels and one domain reaches could have a type of its own") {
    const FakePolicy policy = policy_of_files();
    const auto found =
        findings(policy, {seen_on("a_t", "var_lib_t", "file", {"write"}, "/var/lib/my.app/db/x")});
    REQUIRE(found.size() == 1);
    CHECK(found[0].verdict == Verdict::allow);
    CHECK(found[0].file_contexts ==
          Lines{"/var/lib/my\\.app(/.*)? system_u:object_r:a_var_lib_t:s0"});
    CHECK(found[0].statements == Lines{"(type a_var_lib_t)", "(roletype object_r a_var_lib_t)",
                                       "(typeattributeset file_type (a_var_lib_t))",
                                       "(allow a_t a_var_lib_t (file (write)))",
                                       "(allow a_t a_var_lib_t (dir (getattr search)))"});
    const auto offers = [&](const std::string& target, const std::string& object,
                            const Lines& permissions = {"read"}) {
        return findings(policy, {seen_on("a_t", target, "file", permissions, object)})
            .at(0)
            .file_contexts;
    };
    CHECK(offers("etc_t", "/etc/app.conf") ==
          Lines{"/etc/app\\.conf system_u:object_r:a_etc_t:s0"});
    CHECK(offers("etc_t", "/etc/ssl/own/x") == // others' files are in /etc/ssl
          Lines{"/etc/ssl/own(/.*)? system_u:object_r:a_etc_t:s0"});
    CHECK(offers("etc_t", "app.conf").empty());
    CHECK(offers("etc_t", "/etc/two words").empty());
    CHECK(offers("b_t", "/etc/app.conf").empty()); // which is nobody else's

    const auto shared = findings(policy, {seen_on("a_t", "etc_t", "file", {"read"}, "/etc/app/x"),
                                          seen_on("b_t", "etc_t", "file", {"read"}, "/etc/app/y")});
    REQUIRE(shared.size() == 2);
    CHECK(shared[0].file_contexts.empty());
    CHECK(shared[1].statements.empty());

    const auto made = findings(policy, {seen_on("a_t", "tmp_t", "file", {"create"}, "/tmp/x.1")});
    CHECK(made.at(0).statements.back() == "(typetransition a_t tmp_t file a_tmp_t)");
}

TEST_CASE("a path that no specification knows comes with one to add") {
    const FakePolicy policy = policy_of_files();
    const auto found =
        findings(policy, {seen_on("a_t", "default_t", "file", {"write"}, "/app/data/x")});
    REQUIRE(found.size() == 1);
    CHECK(found[0].verdict == Verdict::mislabelled);
    CHECK_FALSE(found[0].acceptable);
    CHECK(found[0].file_contexts == Lines{"/app(/.*)? system_u:object_r:a_app_t:s0"});
    CHECK(found[0].statements.front() == "(type a_app_t)");

    const auto shared =
        findings(policy, {seen_on("a_t", "default_t", "file", {"write"}, "/app/data/x"),
                          seen_on("b_t", "default_t", "dir", {"read"}, "/app")});
    for (const Finding& finding : shared)
        CHECK(finding.file_contexts == Lines{"/app(/.*)? system_u:object_r:app_t:s0"});
}

TEST_CASE("dac_override where less would do") {
    FakePolicy policy = policy_of_files();
    const auto advice = [&](const Lines& permissions) {
        std::string text;
        for (const Finding& finding :
             findings(policy, {seen_on("a_t", "a_t", "capability", permissions, "")}))
            if (finding.permissions.contains("dac_override"))
                text = finding.advice;
        return text;
    };
    const std::string line = "selinux.denials.accept: [\"a_t self:capability dac_read_search\"]";
    CHECK(advice({"dac_override"}).starts_with("where it only reads"));
    CHECK(advice({"dac_override"}).find(line) != std::string::npos);
    CHECK(advice({"dac_override", "dac_read_search"}).find("asked for first: " + line) !=
          std::string::npos);
    policy.allowed.insert({"a_t", "a_t", "capability", "dac_read_search"});
    CHECK(advice({"dac_override"}).starts_with("it writes"));
}

TEST_CASE("code that is no file's, and the option that makes a program do without") {
    const FakePolicy policy = policy_of_files();
    const auto advice = [&](const std::string& permission, const std::string& program) {
        return findings(policy, {seen_on("a_t", "a_t", "process", {permission}, "", program)})
            .at(0)
            .advice;
    };
    const std::string accept = "if it has to be: selinux.denials.accept: [\"a_t self:process ";
    CHECK(advice("execmem", "php-fpm8.2").find("pcre.jit=0") != std::string::npos);
    CHECK(advice("execmem", "/usr/lib/postgresql/15/bin/postgres").find("jit = off") !=
          std::string::npos);
    CHECK(advice("execmem", "node").ends_with("; " + accept + "execmem\"]"));
    CHECK(advice("execmem", "somebody's") == accept + "execmem\"]");
    CHECK(advice("execstack", "x").find("--clear-execstack") != std::string::npos);
}

TEST_CASE("the usual companions of permissions") {
    using Set = Permissions;
    CHECK(companions_of("file", {"read"}) == Set{"getattr", "open"});
    CHECK(companions_of("file", {"open", "read"}) == Set{"getattr"});
    CHECK(companions_of("file", {"write"}) == Set{"append", "getattr", "open"});
    CHECK(companions_of("dir", {"read"}) == Set{"getattr", "open", "search"});
    CHECK(companions_of("dir", {"add_name"}) == Set{"getattr", "open", "search", "write"});
    CHECK(companions_of("lnk_file", {"read"}) == Set{"getattr"});
    CHECK(companions_of("process", {"signal"}).empty());
    CHECK(companions_of("file", {"ioctl"}).empty());
}

TEST_CASE("companions that would not be allowed are left out") {
    FakePolicy policy = small_policy();
    Preferences preferences;
    preferences.complete = true;
    const Denial denial = seen_on("a_t", "b_t", "file", {"read"}, "");
    CHECK(findings(policy, {denial}).at(0).companions.empty());
    CHECK(findings(policy, {denial}, preferences).at(0).companions ==
          Permissions{"getattr", "open"});
    CHECK(findings(policy, {denial, seen_on("a_t", "b_t", "file", {"open"}, "")}, preferences)
              .at(0)
              .companions == Permissions{"getattr"});
    policy.decisions[{"a_t", "b_t", "file", "open"}].dontaudit = true;
    CHECK(findings(policy, {denial}, preferences).at(0).companions == Permissions{"getattr"});
    policy.allowed.insert({"a_t", "b_t", "file", "getattr"});
    CHECK(findings(policy, {denial}, preferences).at(0).companions.empty());
}
