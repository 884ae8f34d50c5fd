#include "module_support.hpp"
#include "selns/base/error.hpp"
#include "selns/log/names.hpp"
#include "selns/module/local_module.hpp"
#include "support/catch.hpp"

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;
using selns::test::rules_of;

namespace {

LocalModule parse(const std::string& text) {
    return LocalModule::parse(text, "m.cil");
}

std::string canonical(const std::string& text) {
    return selns::test::canonical(text, "m.cil");
}

std::string failure(const std::string& text) {
    return selns::test::failure(text, "m.cil");
}

} // namespace

TEST_CASE("a new module says what it is") {
    const LocalModule module;
    CHECK(module.rules().empty());
    CHECK(module.str().starts_with("; "));
    CHECK(module.str().ends_with("\n"));
    CHECK(parse(module.str()).str() == module.str());
    CHECK(parse("").str() == module.str());
    CHECK(parse(" \n\n").str() == module.str());
    CHECK(module.same_statements(parse("; another comment\n")));
}

TEST_CASE("rules are sorted, one line each") {
    LocalModule module;
    module.merge(rules_of({{{"b_t", "a_t", "file"}, {"read"}},
                           {{"a_t", "self", "process"}, {"signal", "fork"}},
                           {{"a_t", "b_t", "dir"}, {"search"}}}));
    CHECK(module.str() == LocalModule().str() + "\n"
                                                "(allow a_t b_t (dir (search)))\n"
                                                "(allow a_t self (process (fork signal)))\n"
                                                "(allow b_t a_t (file (read)))\n");
    CHECK(parse(module.str()).str() == module.str());
    CHECK(parse(module.str()).same_statements(module));
}

TEST_CASE("merging tells what it added") {
    LocalModule module = parse("(allow a_t b_t (file (read)))");
    const auto changes = module.merge(rules_of(
        {{{"a_t", "b_t", "file"}, {"read", "write"}}, {{"a_t", "b_t", "dir"}, {"search"}}}));
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].triple == Triple{"a_t", "b_t", "dir"});
    CHECK_FALSE(changes[0].widened);
    CHECK(changes[1].triple == Triple{"a_t", "b_t", "file"});
    CHECK(changes[1].added == Permissions{"write"});
    CHECK(changes[1].widened);
    CHECK(module.merge(rules_of({{{"a_t", "b_t", "file"}, {"read", "write"}}})).empty());

    const auto difference =
        selns::test::added_rules(parse("(allow a_t b_t (file (read)))"), module);
    REQUIRE(difference.size() == 2);
    CHECK(difference[1].added == Permissions{"write"});
    CHECK(selns::test::added_rules(module, module).empty());
}

TEST_CASE("rules of one triple become one") {
    CHECK(canonical("(allow a b (c (q)))\n(allow a b (d (x)))\n(allow a b (c (p q)))\n") ==
          "(allow a b (c (p q)))\n(allow a b (d (x)))\n");
}

TEST_CASE("self is not the attribute of the same name") {
    // If a is an attribute, the two differ: both stay.
    const std::string both = "(allow a a (c (p)))\n(allow a self (c (q)))\n";
    CHECK(canonical(both) == both);

    // A denial between a and itself proves that it is a type: they become one.
    LocalModule module = parse("(allow a a (c (p)))\n");
    CHECK(module.merge(rules_of({{{"a", "self", "c"}, {"p"}}})).empty());
    CHECK(module.merge(rules_of({{{"a", "a", "c"}, {"p"}}})).empty());
    CHECK(module.str() == "(allow a a (c (p)))\n");
    const auto changes = module.merge(rules_of({{{"a", "a", "c"}, {"p", "q"}}}));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].added == Permissions{"q"});
    CHECK(changes[0].widened);
    CHECK(module.str() == "(allow a self (c (p q)))\n");
}

TEST_CASE("other statements stay as they are, in their order") {
    const std::string kept = "; kept by hand\n"
                             "(typetransition init_t tmp_t file  \"x y\" new_t)   ; odd   blanks\n"
                             "(dontaudit a b (c (p)))\n"
                             "(optional o\n"
                             "    ; inside\n"
                             "    (allow a b (c (p))))\n"
                             "(booleanif (flag) (true (allow a b (c (p)))))\n"
                             "(allowx a b ioctls)\n"
                             "(allowx a b (ioctl c (0x10000)))\n"
                             "(allowx a b (ioctl c (not (0x1))))\n"
                             "(allowx a b (ioctl c (range 0x2 0x1)))\n"
                             "(allowx a b (ioctl c (010)))\n"
                             "(allow a b (c (all)))\n"
                             "(allow a b (c (not (p))))\n"
                             "(allow a b (c ((p))))\n"
                             "(allow a b set)\n"
                             "(allow a notself (c (p)))\n"
                             "(allow \"a\" b (c (p)))\n"
                             "(type new_t)";
    CHECK(canonical(kept) == kept + "\n");
    CHECK(canonical(kept + "\n\n\n(allow z b (c (p)))") == kept + "\n\n(allow z b (c (p)))\n");
    CHECK(canonical("(allow z b (c (p)))\n\n" + kept) == kept + "\n\n(allow z b (c (p)))\n");
    CHECK(parse(kept).rules().empty());
    CHECK(parse(kept).declared_types() == std::set<std::string>{"new_t"});
}

TEST_CASE("a rule that leaves takes its line along") {
    CHECK(canonical("(type x)\n\n(allow a b (c (p)))\n\n(type y)\n") ==
          "(type x)\n\n(type y)\n\n(allow a b (c (p)))\n");
    CHECK(canonical("(type x)\n(allow a b (c (p)))\n(type y)\n") ==
          "(type x)\n(type y)\n\n(allow a b (c (p)))\n");
    CHECK(canonical("(type x)(allow a b (c (p)))(type y)") ==
          "(type x)(type y)\n\n(allow a b (c (p)))\n");
    CHECK(canonical("(type x)\r\n(allow a b (c (p)))\r\n(type y)\r\n") ==
          "(type x)\r\n(type y)\n\n(allow a b (c (p)))\n");
}

TEST_CASE("comments at a rule stay with it") {
    CHECK(canonical("; the module\n\n"
                    "; why z\n"
                    ";  in two lines\n"
                    "(allow z b (c (p))) ; and behind\n"
                    "(type t) ; of the type\n"
                    "(allow y b (c (p)))\n"
                    "; why a\n"
                    "(allow a b\n  (c (p)))\n"
                    "; the end\n") == "; the module\n\n"
                                      "(type t) ; of the type\n"
                                      "; the end\n\n"
                                      "; why a\n"
                                      "(allow a b (c (p)))\n"
                                      "(allow y b (c (p)))\n"
                                      "; why z\n"
                                      ";  in two lines\n"
                                      "; and behind\n"
                                      "(allow z b (c (p)))\n");
    CHECK(canonical("; x\n(allow a b (c (p)))\n; x\n; y\n(allow a b (c (q)))\n") ==
          "; x\n; y\n(allow a b (c (p q)))\n");

    LocalModule module = parse("; why\n(allow a a (c (p)))\n; too\n(allow a self (c (p)))");
    module.merge(rules_of({{{"a", "self", "c"}, {"q"}}}));
    CHECK(canonical(module.str()) == "; too\n; why\n(allow a self (c (p q)))\n");
}

// ";;*" in the first column is a statement to libsepol, which must neither move nor appear.
TEST_CASE("line marks stay in their place") {
    const std::string marked = ";;* lms 3 local.te\n(type t)\n(allow a b (c (p)))\n;;* lme\n"
                               "(allow d b (c (p)))\n";
    CHECK(canonical(marked) == ";;* lms 3 local.te\n(type t)\n;;* lme\n\n"
                               "(allow a b (c (p)))\n(allow d b (c (p)))\n");
    CHECK(canonical("(type t)\n  ;;* none\n(allow a b (c (p)));;* none\n") ==
          "(type t)\n\n; ;;* none\n(allow a b (c (p)))\n");
    CHECK(canonical("\n\n  ;;* none\n\n(type t)") == "  ;;* none\n\n(type t)\n");
}

TEST_CASE("statements make a module, not comments") {
    const LocalModule module = parse("(type t)\n(allow a b (c (p q)))");
    CHECK(module.same_statements(
        parse("; c\n(allow a b (c (q)))\n(type   t);x\n(allow a b (c (p)))")));
    CHECK_FALSE(module.same_statements(parse("(allow a b (c (p q)))")));
    CHECK_FALSE(module.same_statements(parse("(type t)\n(allow a b (c (p)))")));
    CHECK_FALSE(module.same_statements(parse("(type u)\n(allow a b (c (p q)))")));
    CHECK_FALSE(module.same_statements(parse("(type t)\n(allow a b (d (p q)))")));
}

TEST_CASE("a module that cannot be kept is refused with its line") {
    CHECK(failure("(type a)\n(allow a b)") ==
          "m.cil:2: expected (allow SOURCE TARGET (CLASS (PERMISSION ...)))");
    CHECK_THAT(failure("(allow (a) b (c (p)))"), ContainsSubstring("m.cil:1: expected"));
    CHECK_THAT(failure("(allow a b (c (p)) d)"), ContainsSubstring("m.cil:1: expected"));
    CHECK_THAT(failure("(allow a b (c (p))"), ContainsSubstring("m.cil:1: "));
    CHECK_THAT(failure("\nmodule local 1.0;\n"), ContainsSubstring("m.cil:2: "));
    CHECK_THAT(failure(std::string("\x8f\xff|\xf9\0\0\0", 7)), ContainsSubstring("m.cil:1: "));
}

TEST_CASE("a name that would break CIL never gets in") {
    const std::string bad =
        GENERATE(as<std::string>{}, "", "a b", "a)", "(a", "a;b", "a\"b", "a\nb", "9a", "_a", "-a",
                 "self", "all", "not", "and", "or", "xor", "*", "caf\xc3\xa9", "0x40",
                 std::string("a\0", 2), std::string(256, 'a'));
    CHECK_FALSE(is_name(bad));
    LocalModule module;
    CHECK_THROWS_AS(module.merge(rules_of({{{bad, "b", "c"}, {"p"}}})), std::invalid_argument);
    CHECK_THROWS_AS(module.merge(rules_of({{{"a", "b", bad}, {"p"}}})), std::invalid_argument);
    CHECK_THROWS_AS(module.merge(rules_of({{{"a", "b", "c"}, {"p", bad}}})), std::invalid_argument);
    if (bad != "self")
        CHECK_THROWS_AS(module.merge(rules_of({{{"a", bad, "c"}, {"p"}}})), std::invalid_argument);
    CHECK(module.str() == LocalModule().str());
}

TEST_CASE("a rule without permissions is none") {
    LocalModule module;
    CHECK_THROWS_AS(module.merge(rules_of({{{"a", "b", "c"}, {}}})), std::invalid_argument);
    CHECK(canonical("(allow a b (c ()))") == "(allow a b (c ()))\n");
}
