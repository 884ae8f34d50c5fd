// What is said against modules that people wrote.

#include "selns/module/review.hpp"
#include "support/catch.hpp"
#include "support/fake_policy.hpp"

#include <string>
#include <vector>

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;
using namespace selns::test;

namespace {

// "LINE ACCESS" of each objection.
std::vector<std::string> said(const Given& given, const Policy& policy = unknown_policy(),
                              const Preferences& preferences = {}) {
    std::vector<std::string> lines;
    for (const Objection& objection : review(policy, preferences, given))
        lines.push_back(std::to_string(objection.at.line) + " " + objection.access);
    return lines;
}

std::vector<std::string> cil(const std::string& text) {
    return said(given_by_cil(text, "m.cil"));
}

using List = std::vector<std::string>;

} // namespace

TEST_CASE("statements of CIL that no log would have opened are told with their lines") {
    CHECK(cil("(allow httpd_t shadow_t (file (read)))\n"
              "(allow httpd_t httpd_log_t (file (read write)))\n"
              "(allow httpd_t security_t (security (load_policy)))\n"
              "(allow init_t self (process (execmem)))\n"
              "(typepermissive httpd_t)\n"
              "(typeattributeset can_load_policy (httpd_t))\n") ==
          List{"1 httpd_t shadow_t:file read", "3 httpd_t security_t:security load_policy",
               "4 init_t self:process execmem", "5 httpd_t permissive",
               "6 httpd_t can_load_policy"});
}

TEST_CASE("nothing hides a rule of CIL") {
    CHECK(cil("(block b (optional o\n(allow httpd_t shadow_t (file (read)))))").size() == 1);
    CHECK(cil("(booleanif x (true\n(allow httpd_t shadow_t (file (read)))))").size() == 1);
    CHECK(cil("(typeattribute a) (typeattributeset a (x_t shadow_t))\n"
              "(allow httpd_t a (file (read)))") == List{"2 httpd_t { x_t shadow_t }:file read"});
    CHECK(cil("(macro m ((type a) (type b))\n(allow a b (file (read)))) (call m (x_t shadow_t))") ==
          List{"2 x_t shadow_t:file read"});
    CHECK(cil("(classpermission c) (classpermissionset c (file (read)))\n"
              "(allow httpd_t shadow_t c)")
              .size() == 1);
    CHECK(cil("(macro m ((classpermission p))\n(allow httpd_t shadow_t p)) (call m ((file "
              "(read))))") == List{"2 httpd_t shadow_t:file read"});
    CHECK(cil("(classmap c (get)) (classmapping c get (file (read)))\n"
              "(allow httpd_t shadow_t (c (get)))") == List{"2 httpd_t shadow_t:file read"});
    CHECK(cil("(classpermission p) (classpermissionset p (file (read)))\n"
              "(classmap c (get)) (classmapping c get p)\n(allow httpd_t shadow_t (c (all)))")
              .size() == 1);
    CHECK(cil("(permissionx p (ioctl file (0x1234)))\n(allowx httpd_t shadow_t p)") ==
          List{"2 httpd_t shadow_t:file ioctl"});
    CHECK(
        cil("(typealias z) (typealiasactual z shadow_t)\n(allow httpd_t z (file (read)))").size() ==
        1);
    CHECK(cil("(block b (macro m () (allow a_t b_t (file (read)))))"
              "(block c (macro m ()\n(allow httpd_t shadow_t (file (read)))))(call c.m ())")
              .size() >= 1);
    CHECK(cil("(allow httpd_t shadow_t (file (all)))").size() == 1);
    CHECK(cil("(typeattribute a) (typeattributeset a (all))\n(allow httpd_t a (file (write)))")
              .size() == 1);
}

TEST_CASE("macros that grow without end are refused") {
    std::string text = "(macro m0 () (allow a b (file (read))))";
    for (int i = 1; i < 15; ++i) {
        const std::string inner = "(call m" + std::to_string(i - 1) + " ())";
        text += "(macro m" + std::to_string(i) + " ()";
        for (int n = 0; n < 10; ++n)
            text += inner;
        text += ")";
    }
    CHECK_THROWS_AS(given_by_cil(text + "(call m14 ())", "m.cil"), selns::Error);
}

TEST_CASE("sets that grow without end are refused with the line") {
    std::string text;
    for (int i = 0; i < 10; ++i) {
        const std::string next = i == 9 ? "x_t" : "s" + std::to_string(i + 1);
        text += "(typeattribute s" + std::to_string(i) + ") (typeattributeset s" +
                std::to_string(i) + " (";
        for (int n = 0; n < 12; ++n)
            text += next + " ";
        text += "))\n";
    }
    CHECK_THROWS_WITH(given_by_cil(text + "(allow s0 shadow_t (file (read)))", "m.cil"),
                      ContainsSubstring("m.cil:"));
}

TEST_CASE("macros and sets that go too deep are refused, not left out") {
    std::string calls = "(macro m0 () (allow httpd_t shadow_t (file (read))))";
    std::string sets = "(typeattribute s0) (typeattributeset s0 (shadow_t))";
    for (int i = 1; i <= 40; ++i) {
        const std::string name = std::to_string(i);
        const std::string inner = std::to_string(i - 1);
        calls += "(macro m" + name + " () (call m" + inner + " ()))";
        sets += "(typeattribute s" + name + ") (typeattributeset s" + name + " (s" + inner + "))";
    }
    CHECK(said(given_by_cil(calls.substr(0, calls.find("(macro m20 ")) + "(call m19 ())", "m.cil"))
              .size() >= 1);
    CHECK_THROWS_AS(given_by_cil(calls + "(call m40 ())", "m.cil"), selns::Error);
    CHECK_THROWS_AS(given_by_cil(sets + "(allow a_t s40 (file (read)))", "m.cil"), selns::Error);
}

TEST_CASE("statements and sets may be nested as deeply as CIL allows") {
    const auto around = [](const std::string& open, std::size_t times, const std::string& text) {
        std::string all;
        for (std::size_t i = 0; i < times; ++i)
            all += open;
        return all + text + std::string(times, ')');
    };
    const std::string rule = "(allow httpd_t shadow_t (file (read)))";
    CHECK(cil(around("(optional o ", 4090, rule)).size() == 1);
    CHECK(cil("(typeattribute a) (typeattributeset a " + around("(or httpd_t ", 4090, "(x_t)") +
              ")\n(allow a shadow_t (file (read)))")
              .size() == 1);
    const auto macro = [&](const std::string& name, const std::string& inner) {
        return "(macro " + name + " () " + around("(optional o ", 4090, inner) + ")";
    };
    CHECK(cil(macro("m0", "(call m1 ())") + macro("m1", "(call m2 ())") + macro("m2", rule) +
              "(call m0 ())")
              .size() >= 1);
}

TEST_CASE("sets of the same name in two blocks are no endless set") {
    CHECK(cil("(block y (typeattribute a) (typeattributeset a (x_t)))"
              "(block x (typeattribute a) (typeattributeset a (y.a)))\n"
              "(allow httpd_t x.a (file (read)))")
              .empty());
}

TEST_CASE("statements of .te that no log would have opened are told with their lines") {
    const std::string text = "module m 1.0;\n"
                             "require { type httpd_t, shadow_t; class file read; }\n"
                             "type x_t;\n"
                             "allow httpd_t shadow_t:file { read open };\n"
                             "allow httpd_t x_t:file read;\n"
                             "optional { allow { httpd_t x_t } self:process execmem; }\n"
                             "permissive httpd_t;\n"
                             "typeattribute x_t can_setenforce;\n";
    CHECK(said(given_by_te(text, "m.te")) == List{"4 httpd_t shadow_t:file { open read }",
                                                  "6 { httpd_t x_t } self:process execmem",
                                                  "7 httpd_t permissive", "8 x_t can_setenforce"});
}

TEST_CASE("accepting silences, and so does a policy that gives it anyway") {
    FakePolicy policy = small_policy();
    policy.types.insert("shadow_t");
    const Given given = given_by_cil("(allow a_t shadow_t (file (read write)))\n"
                                     "(typepermissive a_t)",
                                     "m.cil");
    CHECK(said(given, policy) == List{"1 a_t shadow_t:file { read write }", "2 a_t permissive"});
    policy.allowed.insert({"a_t", "shadow_t", "file", "read"});
    CHECK(said(given, policy) == List{"1 a_t shadow_t:file write", "2 a_t permissive"});
    const Preferences accepting{{}, {AccessPattern::parse("a_t *:* *")}, {}};
    CHECK(said(given, policy, accepting).empty());
}

TEST_CASE("a type that has the access already hides no other one") {
    FakePolicy policy = small_policy();
    policy.allowed.insert({"a_t", "a_t", "process", "execmem"});
    policy.classes["process"].insert("execmem");
    const Given given = given_by_cil("(typeattribute q) (typeattributeset q (a_t b_t))\n"
                                     "(allow q self (process (execmem)))",
                                     "m.cil");
    CHECK(said(given, policy) == List{"2 { a_t b_t } self:process execmem"});
}

TEST_CASE("a statement of too many types to ask about is told") {
    FakePolicy policy = small_policy();
    for (int i = 0; i < 70; ++i)
        policy.types.insert("many" + std::to_string(i) + "_t");
    std::string names;
    for (int i = 0; i < 70; ++i)
        names += " many" + std::to_string(i) + "_t";
    const std::string set = "(typeattribute q) (typeattributeset q (" + names + "))\n";
    const Given given = given_by_cil(set + "(allow q q (file (read)))", "m.cil");
    const auto objections = review(policy, {}, given);
    REQUIRE(objections.size() == 1);
    CHECK(objections[0].at.line == 2);
    const Preferences accepting{{}, {AccessPattern::parse("* *:file read")}, {}};
    CHECK(review(policy, accepting, given).empty());
}

TEST_CASE("what a neverallow rule forbids is told with the rule") {
    FakePolicy policy = small_policy();
    policy.neverallows[{"a_t", "b_t", "file", "read"}] = "neverallow x y:file { read };";
    const Given given = given_by_cil("\n(allow a_t b_t (file (read write)))", "m.cil");
    const auto objections = review(policy, {}, given);
    REQUIRE(objections.size() == 1);
    CHECK(objections[0].verdict == Verdict::neverallow);
    CHECK(objections[0].access == "a_t b_t:file read");
    CHECK(objections[0].why == "neverallow x y:file { read };");
    CHECK(objections[0].at.line == 2);
    // A type that gets an attribute may be one that the rule leaves out.
    const Given changed =
        given_by_cil("(typeattributeset c (a_t)) (allow a_t b_t (file (read)))", "m.cil");
    CHECK(review(policy, {}, changed).empty());
}
