#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/module/print_rules.hpp"
#include "selns/verdict/verdict.hpp"
#include "support/catch.hpp"
#include "support/fake_policy.hpp"

#include <algorithm>

namespace module = selns::module;
using namespace selns::log;
using namespace selns::verdict;
using namespace selns::test;
using selns::selinux::Obstacle;

namespace {

using List = std::vector<std::string>;
using Strings = std::set<std::string>;

Denial denial(const std::string& source, const std::string& target, const std::string& tclass,
              const std::vector<std::string>& permissions) {
    Denial result;
    result.scontext = process_context(source);
    result.tcontext = object_context(target);
    result.tclass = tclass;
    result.permissions = permissions;
    return result;
}

// "verdict: permissions [commands] | reason | advice" of each judgement, sorted.
List judged(const Policy& policy, const Denial& denial, const Preferences& preferences = {},
            const Strings& declared = {}) {
    List lines;
    for (const Judgement& judgement : judge(policy, preferences, declared, denial)) {
        std::string line = std::string(name_of(judgement.verdict)) + ":";
        for (const std::string& permission : judgement.permissions)
            line += " " + permission;
        if (judgement.commands)
            line += " " + module::to_text(*judgement.commands);
        if (!judgement.reason.empty())
            line += " | " + judgement.reason;
        if (!judgement.advice.empty())
            line += " | " + judgement.advice;
        lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
}

AccessPattern pattern(const std::string& text) {
    return AccessPattern::parse(text, {"web.yaml", 7, 3});
}

const FakePolicy::Access write_access{"a_t", "b_t", "file", "write"};
const Denial a_writes_b = denial("a_t", "b_t", "file", {"write"});

} // namespace

TEST_CASE("each permission gets a verdict of its own") {
    FakePolicy policy = small_policy();
    policy.allowed.insert({"a_t", "b_t", "file", "read"});
    CHECK(judged(policy, denial("a_t", "b_t", "file", {"append", "frobnicate", "read", "write"})) ==
          List{"allow: append write", "already allowed: read",
               "unknown permission: frobnicate | permission frobnicate of class file"});
}

TEST_CASE("denials that are judged together get what each gets alone") {
    FakePolicy policy = small_policy();
    policy.allowed.insert({"a_t", "b_t", "file", "read"});
    policy.allowed.insert({"a_t", "b_t", "file", "ioctl"});
    policy.commands[{"a_t", "b_t", "file"}] = {1};
    policy.decisions[{"a_t", "b_t", "file", "append"}].dontaudit = true;
    std::vector<Denial> denials = {denial("a_t", "b_t", "file", {"read"}),
                                   denial("a_t", "b_t", "file", {"nope", "read", "write"}),
                                   denial("a_t", "b_t", "file", {"append", "write"}),
                                   denial("a_t", "b_t", "file", {"ioctl"}),
                                   denial("a_t", "b_t", "file", {"zip"})};
    denials[3].commands = {1, 2};
    const auto words = [](const std::vector<Judgement>& judgements) {
        List lines;
        for (const Judgement& judgement : judgements)
            lines.push_back(std::string(name_of(judgement.verdict)) + judgement.reason +
                            judgement.advice + *judgement.permissions.begin() +
                            std::to_string(judgement.permissions.size()) +
                            (judgement.commands ? module::to_text(*judgement.commands) : ""));
        return lines;
    };
    const auto together = judge_together(policy, {}, {}, denials);
    REQUIRE(together.size() == denials.size());
    for (std::size_t i = 0; i < denials.size(); ++i) {
        CHECK(same_access(denials[0], denials[i]));
        CHECK(words(together[i]) == words(judge(policy, {}, {}, denials[i])));
    }
    Denial labelled = denials[0];
    labelled.expected = object_context("c_t");
    CHECK_FALSE(same_access(denials[0], labelled));
    CHECK_FALSE(same_access(denials[0], denial("a_t", "b_t", "dir", {"read"})));
    CHECK(judge_together(policy, {}, {}, {}).empty());
}

TEST_CASE("names that the policy does not have") {
    const FakePolicy policy = small_policy();
    CHECK(judged(policy, denial("x_t", "y_t", "zzz", {"read"})) ==
          List{"unknown type: read | type x_t"});
    CHECK(judged(policy, denial("a_t", "y_t", "zzz", {"read"})) ==
          List{"unknown type: read | type y_t"});
    CHECK(judged(policy, denial("a_t", "b_t", "zzz", {"read"})) ==
          List{"unknown class: read | class zzz"});
}

TEST_CASE("a label that is wrong wins over everything") {
    FakePolicy policy = small_policy();
    CHECK(judged(policy, denial("x_t", "unlabeled_t", "file", {"read"})) ==
          List{"mislabelled: read | unlabeled_t | relabel it"});
    CHECK(judged(policy, denial("unlabeled_t", "b_t", "file", {"read", "write"})) ==
          List{"mislabelled: read write | unlabeled_t | relabel it"});
    policy.types.insert("default_t");
    CHECK(judged(policy, denial("a_t", "default_t", "file", {"read"})) ==
          List{"mislabelled: read | default_t | add a file context for it to "
               "selinux.file_contexts"});
    Denial older = denial("a_t", "default_t", "file", {"read"});
    older.expected = object_context("b_t");
    CHECK(judged(policy, older) == List{"mislabelled: read | default_t | relabel it: its file "
                                        "context says system_u:object_r:b_t:s0"});
}

TEST_CASE("what nobody can relabel is an ordinary target") {
    FakePolicy policy = small_policy();
    policy.types.insert("unlabeled_t");
    for (const char* tclass : {"packet", "peer", "association", "key", "netif"})
        policy.classes[tclass] = {"search"};
    for (const char* tclass : {"packet", "peer", "association", "key", "process"}) {
        const std::string permission =
            policy.classes[tclass].contains("search") ? "search" : "signal";
        CHECK(judged(policy, denial("a_t", "unlabeled_t", tclass, {permission})) ==
              List{"allow: " + permission});
    }
    CHECK(judged(policy, denial("unlabeled_t", "b_t", "netif", {"search"})) ==
          List{"allow: search"});
    CHECK(judged(policy, denial("unlabeled_t", "b_t", "process", {"signal"})) ==
          List{"mislabelled: signal | unlabeled_t | relabel it"});
}

TEST_CASE("a raw context was not valid where the denial was made") {
    Denial raw = denial("a_t", "old_t", "file", {"read"});
    raw.printed_target = "unlabeled_t";
    CHECK(judged(small_policy(), raw) ==
          List{"mislabelled: read | system_u:object_r:old_t:s0 was not valid in the policy that "
               "denied it | relabel it"});
    raw.tcontext = object_context("b_t");
    CHECK(judged(small_policy(), raw) ==
          List{"mislabelled: read | system_u:object_r:b_t:s0 was not valid in the policy that "
               "denied it | it is in this image's: the denial is an older policy's, or another "
               "namespace's"});
}

TEST_CASE("what another namespace has labelled is unlabeled to the policy") {
    FakePolicy policy = small_policy();
    policy.types.insert("unlabeled_t");
    policy.classes["fd"] = {"use"};
    Denial seen = denial("a_t", "host_t", "fd", {"use"});
    seen.printed_target = "host_t";
    take_as_seen(policy, seen);
    CHECK(judged(policy, seen) == List{"allow: use"});
    CHECK(triple_of(seen) == Triple{"a_t", "unlabeled_t", "fd"});

    Denial known = denial("a_t", "b_t", "fd", {"use"}); // here, so it was not this policy's
    known.printed_target = "b_t";
    take_as_seen(policy, known);
    CHECK_FALSE(known.foreign_target);
    Denial file = denial("a_t", "host_t", "file", {"read"});
    file.printed_target = "host_t";
    take_as_seen(policy, file);
    CHECK(judged(policy, file).front().starts_with("mislabelled: read | "));

    Denial fresh = denial("a_t", "b_t", "file", {"read"});
    fresh.scontext = "kernel";
    fresh.printed_source = "?";
    take_as_seen(policy, fresh);
    CHECK(judged(policy, fresh) == List{"unknown type: read | kernel, of another SELinux "
                                        "namespace, which has no policy"});
    CHECK(triple_of(fresh).source == "kernel");
}

TEST_CASE("a path whose file context says another type") {
    FakePolicy policy = small_policy();
    Denial wrong = denial("a_t", "b_t", "file", {"read", "write"});
    wrong.expected = object_context("c_t");
    policy.allowed.insert({"a_t", "b_t", "file", "read"});
    CHECK(judged(policy, wrong) == List{"already allowed: read",
                                        "mislabelled: write | b_t | relabel it: its file context "
                                        "says system_u:object_r:c_t:s0"});
    CHECK(judged(policy, wrong, {{}, {pattern("a_t b_t:file write")}, {}, false}) ==
          List{"allow: write", "already allowed: read"});
}

TEST_CASE("a file context says nothing about a file system without labels") {
    FakePolicy policy = small_policy();
    policy.kernel_labelled = {{"b_t", "file", "sda1"}};
    policy.decisions[write_access].booleans = {{"web_use_nfs", true}};
    Denial remote = denial("a_t", "b_t", "file", {"read", "write"});
    remote.expected = object_context("c_t");
    remote.device = "sda1";
    CHECK(judged(policy, remote) == List{"allow: read",
                                         "boolean: write | web_use_nfs: true | selinux.booleans: { "
                                         "web_use_nfs: true }"});
    remote.device = "sdb1";
    CHECK(judged(policy, remote).front().starts_with("mislabelled: read write | "));
}

TEST_CASE("a context that the policy does not have, of a type that it has") {
    FakePolicy policy = small_policy();
    policy.invalid.insert(object_context("b_t"));
    CHECK(judged(policy, denial("a_t", "b_t", "file", {"frobnicate", "read"})) ==
          List{"invalid context: read | system_u:object_r:b_t:s0",
               "unknown permission: frobnicate | permission frobnicate of class file"});
}

TEST_CASE("types of the local module exist") {
    const FakePolicy policy = small_policy();
    const Denial declared = denial("a_t", "new_t", "file", {"read"});
    CHECK(judged(policy, declared) == List{"unknown type: read | type new_t"});
    CHECK(judged(policy, declared, {}, {"new_t"}) == List{"allow: read"});
}

// A policy is hostile too: it may define what no module can name.
TEST_CASE("a name that CIL cannot hold is unknown though the policy has it") {
    FakePolicy policy = small_policy();
    policy.classes["file"].insert("all");
    policy.types.insert("self");
    CHECK(judged(policy, denial("a_t", "b_t", "file", {"all"})) ==
          List{"unknown permission: all | permission all of class file"});
    CHECK(judged(policy, denial("a_t", "self", "file", {"read"})) ==
          List{"unknown type: read | type self"});
}

TEST_CASE("a constraint makes a rule useless, whether there is one or not") {
    FakePolicy policy = small_policy();
    policy.decisions[write_access].obstacles = {
        {Obstacle::Kind::constraint, "constrain file { write } (u1 == u2)", "the target's user"}};
    const List expected = {"constraint: write | constrain file { write } (u1 == u2) | it wants the "
                           "target's user"};
    CHECK(judged(policy, a_writes_b) == expected);
    policy.allowed.insert(write_access);
    CHECK(judged(policy, a_writes_b) == expected);
    CHECK(judged(policy, a_writes_b, {{}, {pattern("a_t b_t:file write")}, {}, false}) == expected);
}

TEST_CASE("which verdict wins when several apply") {
    FakePolicy policy = small_policy();
    selns::selinux::Decision& decision = policy.decisions[write_access];
    policy.neverallows[write_access] = "neverallow a_t b_t:file { write };";
    Preferences preferences;
    preferences.refuse = {pattern("a_t *:file write")};
    const auto verdict = [&] {
        const auto found = judge(policy, preferences, {}, a_writes_b);
        REQUIRE(found.size() == 1);
        return found.front().verdict;
    };
    CHECK(verdict() == Verdict::neverallow);
    decision.booleans = {{"some_boolean", true}};
    CHECK(verdict() == Verdict::boolean);
    decision.dontaudit = true;
    CHECK(verdict() == Verdict::dontaudit);
    decision.obstacles = {{}};
    CHECK(verdict() == Verdict::constraint);
    preferences.tolerate = {pattern("* b_t:file *")};
    CHECK(verdict() == Verdict::tolerated);
    decision.obstacles.clear();
    decision.rule = true;
    CHECK(verdict() == Verdict::already_allowed);
    decision.rule = false;
    preferences.tolerate.clear();
    preferences.accept = {pattern("a_t b_t:file write")};
    CHECK(verdict() == Verdict::neverallow);
    policy.neverallows.clear();
    CHECK(verdict() == Verdict::allow);
    preferences.accept.clear();
    decision = {};
    CHECK(verdict() == Verdict::guarded);
    preferences.refuse.clear();
    CHECK(verdict() == Verdict::allow);
}

TEST_CASE("booleans are told as the recipe has them") {
    FakePolicy policy = small_policy();
    policy.decisions[write_access].booleans = {{"one", true}, {"two", false}};
    CHECK(judged(policy, a_writes_b) == List{"boolean: write | one: true, two: false | "
                                             "selinux.booleans: { one: true, two: false }"});
}

TEST_CASE("the guard list holds whatever the log says") {
    FakePolicy policy = small_policy();
    policy.types.insert({"init_t", "security_t", "shadow_t", "memory_device_t"});
    policy.classes["security"] = {"load_policy", "check_context"};
    policy.classes["capability"] = {"sys_admin", "chown"};
    policy.classes["chr_file"] = {"read", "getattr"};
    policy.classes["process"].insert("execmem");
    const auto verdict = [&](const char* source, const char* target, const char* tclass,
                             const char* permission, const Preferences& preferences = {}) {
        return judge(policy, preferences, {}, denial(source, target, tclass, {permission}))
            .front()
            .verdict;
    };
    CHECK(verdict("a_t", "security_t", "security", "load_policy") == Verdict::guarded);
    CHECK(verdict("a_t", "security_t", "security", "check_context") == Verdict::allow);
    CHECK(verdict("a_t", "a_t", "capability", "sys_admin") == Verdict::guarded);
    CHECK(verdict("a_t", "a_t", "capability", "chown") == Verdict::allow);
    CHECK(verdict("a_t", "memory_device_t", "chr_file", "read") == Verdict::guarded);
    CHECK(verdict("a_t", "memory_device_t", "chr_file", "getattr") == Verdict::allow);
    CHECK(verdict("init_t", "init_t", "process", "execmem") == Verdict::guarded);
    CHECK(verdict("a_t", "a_t", "process", "execmem") == Verdict::guarded);
    CHECK(verdict("a_t", "shadow_t", "file", "read") == Verdict::guarded);
    // Accepting is for exactly what it names.
    const Preferences accepting{{}, {pattern("a_t self:capability sys_admin")}, {}, false};
    CHECK(verdict("a_t", "a_t", "capability", "sys_admin", accepting) == Verdict::allow);
    CHECK(verdict("b_t", "b_t", "capability", "sys_admin", accepting) == Verdict::guarded);
}

TEST_CASE("ioctl commands count where allowxperm rules decide") {
    FakePolicy policy = small_policy();
    Denial ioctl = denial("a_t", "b_t", "file", {"ioctl", "read"});
    ioctl.commands = {0, 0x5401};
    SECTION("nobody asked") {
        CHECK(judged(policy, ioctl) == List{"allow: ioctl read"});
    }
    SECTION("asked for") {
        Preferences preferences;
        preferences.extended = true;
        CHECK(judged(policy, ioctl, preferences) ==
              List{"allow: ioctl 0x0000 0x5401", "allow: read"});
        ioctl.ioctl_without_command = true;
        CHECK(judged(policy, ioctl, preferences) == List{"allow: ioctl read"});
    }
    SECTION("the policy has such rules") {
        policy.commands[{"a_t", "b_t", "file"}] = {0x5401};
        CHECK(judged(policy, ioctl) == List{"allow: ioctl 0x0000 0x5401", "allow: read"});
        policy.allowed.insert({"a_t", "b_t", "file", "ioctl"});
        CHECK(judged(policy, ioctl) ==
              List{"allow: ioctl 0x0000", "allow: read", "already allowed: ioctl 0x5401"});
        ioctl.commands.clear();
        CHECK(judged(policy, ioctl) ==
              List{"allow: read", "unknown command: ioctl | the record does not tell which "
                                  "ioctl command it was"});
    }
}

TEST_CASE("types of netlink messages count where allowxperm rules decide") {
    FakePolicy policy = small_policy();
    policy.classes["netlink_route_socket"] = {"nlmsg"};
    Denial route = denial("a_t", "b_t", "netlink_route_socket", {"nlmsg"});
    route.messages = {18, 24};
    CHECK(judged(policy, route) == List{"allow: nlmsg"});
    policy.allowed.insert({"a_t", "b_t", "netlink_route_socket", "nlmsg"});
    CHECK(judged(policy, route) == List{"already allowed: nlmsg"});
    policy.messages[{"a_t", "b_t", "netlink_route_socket"}] = {18};
    CHECK(judged(policy, route) ==
          List{"constraint: nlmsg | allowxperm rules for nlmsg leave out the message types 24 | it "
               "wants (allowx a_t b_t (nlmsg netlink_route_socket (24))) in a module of "
               "selinux.modules (libsepol 3.8)"});
    route.messages = {18};
    CHECK(judged(policy, route) == List{"already allowed: nlmsg"});
    route.messages = {};
    CHECK(judged(policy, route) == List{"unknown command: nlmsg | the record does not tell which "
                                        "netlink message it was"});
}

TEST_CASE("records of SELINUX_ERR are no rule's matter") {
    FakePolicy policy = small_policy();
    Denial error = denial("a_t", "b_t", "process", {});
    SECTION("a computed context") {
        error.kind = DenialKind::computed_sid;
        error.new_context = "system_u:system_r:c_t:s0";
        CHECK(judged(policy, error) ==
              List{"already allowed: transition | system_u:system_r:c_t:s0"});
        policy.invalid.insert(error.new_context);
        CHECK(judged(policy, error) ==
              List{"constraint: transition | system_u:system_r:c_t:s0 is not a valid context | it "
                   "wants (roletype system_r c_t) in a module, or another user and role to run "
                   "it"});
        error.new_context = "system_u:system_r:z_t:s0";
        CHECK(judged(policy, error) == List{"unknown type: transition | type z_t"});
    }
    SECTION("a bounded transition") {
        error.kind = DenialKind::bounded_transition;
        error.tclass.clear();
        const auto found = judge(policy, {}, {}, error);
        REQUIRE(found.size() == 1);
        CHECK(found[0].verdict == Verdict::constraint);
        CHECK(found[0].reason == "no typebounds a_t b_t");
    }
    SECTION("a relabelling") {
        error.kind = DenialKind::validate_transition;
        error.tclass = "file";
        error.new_context = object_context("c_t");
        CHECK(judged(policy, error) == List{"already allowed: relabel"});
        policy.relabelling = {{Obstacle::Kind::mls, "mlsvalidatetrans file (l1 == l2)", {}}};
        CHECK(judged(policy, error) ==
              List{"constraint: relabel | mlsvalidatetrans file (l1 == l2) | nothing in a recipe "
                   "satisfies it"});
    }
}

TEST_CASE("patterns of access are read as people write them") {
    FakePolicy policy = small_policy();
    policy.attributes["domain"] = {"a_t", "b_t"};
    const auto matches = [&](const char* text, const char* source, const char* target,
                             const char* tclass, const char* permission) {
        return pattern(text).matches(policy, source, target, tclass, permission);
    };
    CHECK(matches("a_t b_t:file read", "a_t", "b_t", "file", "read"));
    CHECK(matches("allow a_t { b_t c_t } : file { read write };", "a_t", "c_t", "file", "write"));
    CHECK(matches("* *:* *", "a_t", "self", "dir", "search"));
    CHECK(matches("domain self:process signal", "a_t", "self", "process", "signal"));
    CHECK(matches("domain self:process signal", "a_t", "a_t", "process", "signal"));
    CHECK(matches("* domain:process signal", "c_t", "b_t", "process", "signal"));
    CHECK(matches("* a_t:process signal", "a_t", "self", "process", "signal"));
    CHECK_FALSE(matches("domain self:process signal", "a_t", "b_t", "process", "signal"));
    CHECK_FALSE(matches("domain self:process signal", "c_t", "self", "process", "signal"));
    CHECK_FALSE(matches("a_t b_t:file read", "a_t", "b_t", "dir", "read"));
    CHECK_FALSE(matches("a_t b_t:file read", "a_t", "b_t", "file", "write"));

    for (const char* text :
         {"", "a_t", "a_t b_t", "a_t b_t:file", "a_t b_t file read", "self b_t:file read",
          "a_t b_t:file read write", "a_t { }:file read", "a_t { b_t:file read", "a\"_t b_t:f r",
          "a_t b_t:file read; allow x y:z w"}) {
        INFO(text);
        CHECK_THROWS_AS(pattern(text), selns::Error);
    }
}

TEST_CASE("a pattern that can never match is an error at its place") {
    FakePolicy policy = small_policy();
    policy.attributes["domain"] = {"a_t"};
    const auto said = [&](const std::string& text) -> std::string {
        try {
            Preferences{{}, {pattern(text)}, {}, false}.check(policy);
        } catch (const selns::Error& error) {
            return error.what();
        }
        return {};
    };
    CHECK(said("domain { b_t self }:{ file dir } { read search }").empty());
    CHECK(said("* *:* anything").empty());
    CHECK(said("x_t b_t:file read")
              .starts_with("web.yaml:7:3: the policy has no type or attribute "
                           "x_t"));
    CHECK(said("a_t b_t:filee read").starts_with("web.yaml:7:3: the policy has no class filee"));
    CHECK(said("a_t b_t:dir append").starts_with("web.yaml:7:3: the policy has no permission"));
}

TEST_CASE("every verdict has words") {
    std::set<std::string_view> names;
    for (const Verdict verdict : all_verdicts()) {
        names.insert(name_of(verdict));
        CHECK_FALSE(explanation_of(verdict).empty());
    }
    CHECK(names.size() == all_verdicts().size());
    CHECK(all_verdicts().back() == Verdict::allow);
    CHECK(is_refusal(Verdict::unknown_type));
    CHECK(is_refusal(Verdict::invalid_context));
    CHECK_FALSE(is_refusal(Verdict::mislabelled));
    CHECK_FALSE(is_refusal(Verdict::allow));
}

TEST_CASE("what a dontaudit rule hides is marked, whatever the verdict") {
    FakePolicy policy = small_policy();
    selns::selinux::Decision& decision = policy.decisions[write_access];
    const auto hidden = [&](const Denial& denial, const Preferences& preferences = {}) {
        const auto found = judge(policy, preferences, {}, denial);
        REQUIRE(found.size() == 1);
        return found.front().hidden;
    };
    CHECK_FALSE(hidden(a_writes_b));
    decision.dontaudit = true;
    CHECK(hidden(a_writes_b));
    decision.obstacles = {{}};
    CHECK(hidden(a_writes_b));
    decision = {};
    Preferences module;
    module.hidden = {pattern("a_t b_t:file { write }")};
    CHECK(hidden(a_writes_b, module));
    CHECK(judge(policy, module, {}, a_writes_b).front().verdict == Verdict::dontaudit);

    // The object's label is wrong: the policy is not asked for a verdict.
    policy.types.insert("default_t");
    const Denial lost = denial("a_t", "default_t", "file", {"write"});
    CHECK_FALSE(hidden(lost));
    policy.decisions[{"a_t", "default_t", "file", "write"}].dontaudit = true;
    CHECK(hidden(lost));
    CHECK(judge(policy, {}, {}, lost).front().verdict == Verdict::mislabelled);
}
