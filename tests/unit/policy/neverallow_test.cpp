#include "selns/base/error.hpp"
#include "selns/policy/neverallow.hpp"
#include "support/catch.hpp"
#include "support/cil_policy.hpp"

using namespace selns;
using policy::Neverallows;

namespace {

// trusted, wide and narrow are used by neverallow rules only, so the kernel policy lacks them.
const std::string base = test::small_cil() + R"(
(type a_t) (type b_t) (type c_t) (typealias b_alias) (typealiasactual b_alias b_t)
(typeattribute domain) (typeattributeset domain (a_t b_t)) (allow domain base_t (file (ioctl)))
(typeattribute trusted) (typeattributeset trusted (b_alias))
(typeattribute wide) (typeattributeset wide (not (trusted)))
(typeattribute narrow) (typeattributeset narrow (and (domain) (not (trusted))))
(neverallow wide base_t (file (write)))
(neverallow narrow self (process (signal)))
(neverallow domain c_t (file (relabelto)))
)";
const std::string other = R"(
(optional app_optional
    (typeattributeset cil_gen_require base_t)
    (typeattributeset cil_gen_require (trusted))
    (typeattributeset trusted (c_t)))
(optional off
    (typeattributeset cil_gen_require nosuch_t)
    (typeattributeset trusted (a_t))
    (neverallow c_t c_t (file (write))))
(block inner (neverallow c_t base_t (dir (all))))
(neverallow c_t a_t (file (not (read write))))
(neverallow c_t b_t (classmap_of_many (odd "x")))
)";

Neverallows gather() {
    const auto db = selinux::PolicyDb::read(test::compile_cil(base + R"((optional on
        (typeattributeset trusted (c_t))))"),
                                            "policy");
    return Neverallows::parse(policy::collect_neverallows({{"base", base}, {"other", other}}, db),
                              "neverallow");
}

} // namespace

TEST_CASE("neverallow rules of modules forbid what they name") {
    const Neverallows rules = gather();
    const auto broken = [&](const char* source, const char* target, const char* tclass,
                            const char* permission) {
        const auto* rule = rules.broken_by(source, target, tclass, permission);
        const std::string text = rule == nullptr ? std::string() : policy::to_source(*rule);
        return text.substr(0, text.find(" (module "));
    };
    CHECK(rules.rules().size() == 5);
    CHECK(broken("a_t", "base_t", "file", "write") == "neverallow wide base_t:file { write };");
    CHECK(broken("b_t", "base_t", "file", "write").empty()); // by its alias
    CHECK(broken("c_t", "base_t", "file", "write").empty()); // in an optional of another module
    CHECK(broken("a_t", "base_t", "file", "read").empty());
    CHECK(broken("a_t", "a_t", "process", "signal") ==
          "neverallow narrow self:process { signal };");
    CHECK(broken("a_t", "b_t", "process", "signal").empty());
    CHECK(broken("c_t", "c_t", "process", "signal").empty());
    CHECK(broken("b_t", "c_t", "file", "relabelto") == "neverallow domain c_t:file { relabelto };");
    CHECK(broken("c_t", "base_t", "dir", "create") ==
          "neverallow c_t base_t:dir { create relabelfrom };");
    CHECK(broken("c_t", "a_t", "file", "ioctl") ==
          "neverallow c_t a_t:file { ioctl relabelfrom relabelto };");
    CHECK(broken("c_t", "c_t", "file", "write").empty()); // its optional does not apply
}

TEST_CASE("a neverallow rule is told with its place, and without names that a compiler gave") {
    const auto told = [](const std::string& expression) {
        const std::string own = "(typeattribute m_typeattr_1)\n(typeattributeset m_typeattr_1 " +
                                expression + ")\n(neverallow m_typeattr_1 c_t (file (write)))\n";
        const auto db = selinux::PolicyDb::read(test::compile_cil(base), "policy");
        const Neverallows rules = Neverallows::parse(
            policy::collect_neverallows({{"base", base}, {"m", own}}, db), "neverallow");
        const auto* rule = rules.broken_by("a_t", "c_t", "file", "write");
        return rule == nullptr ? std::string() : policy::to_source(*rule);
    };
    const std::string end = " c_t:file { write }; (module m, line 3 of its CIL)";
    CHECK(told("(and (domain) (not (trusted c_t)))") ==
          "neverallow { domain -trusted -c_t }" + end);
    CHECK(told("(not (b_t trusted))") == "neverallow ~{ b_t trusted }" + end);
    CHECK(told("(or (a_t) (c_t))") == "neverallow { a_t c_t }" + end);
    CHECK(told("(all)") == "neverallow *" + end);
    CHECK(told("(and (domain) (not (not (a_t))))") ==
          "neverallow (and (domain) (not (not (a_t))))" + end);
}

TEST_CASE("a neverallow rule that is not understood is told") {
    const Neverallows rules = gather();
    REQUIRE(rules.unknown().size() == 1);
    CHECK(rules.unknown().front() == "other: (neverallow c_t b_t (classmap_of_many (odd \"x\")))");
}

TEST_CASE("a damaged list of neverallow rules is an error with its line") {
    for (const char* text : {"(allow a b (c (d)))", "(neverallow a b (c d))", "(neverallow", "x"})
        CHECK_THROWS_AS(Neverallows::parse(text, "n"), Error);
}
