// Merging as a lattice join, in both formats: the same bytes in whatever order and split.
#include "module_support.hpp"
#include "selns/base/error.hpp"
#include "selns/module/local_module.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using selns::test::rules_of;

namespace {

const std::string started_cil = "; ours\n(typetransition a_t b_t file c_t)\n\n"
                                "; first seen 2020-01-01T00:00:00Z; by \"x\"\n; a comment\n"
                                "(allow a_t a_t (file (ioctl write)))\n"
                                "(allowx a_t self (ioctl file (0x1)))\n"
                                "(allow b_t c_t (dir (ioctl search)))\n"
                                "(allowx c_t b_t (ioctl file ((range 0x5 0x9))))\n";
const std::string started_te = "module m 1.0;\n\nrequire { type a_t; attribute b_t; }\n"
                               "type_transition a_t b_t:file c_t;\n\n"
                               "# first seen 2020-01-01T00:00:00Z; by \"x\"\n# a comment\n"
                               "allow a_t a_t:file { ioctl write };\n"
                               "allowxperm a_t self:file ioctl 0x1;\n"
                               "allow b_t c_t:dir { ioctl search };\n"
                               "allowxperm c_t b_t:file ioctl 0x5-0x9;\n";

std::string started(const std::string& file) {
    std::string text = format_of(file) == Format::te ? started_te : started_cil;
    const std::size_t range = text.find(" 0x5-0x9;");
    return range == std::string::npos ? text : text.replace(range, 9, " { 0x5-0x9 };");
}

Rules one_rule(std::mt19937& random) {
    const auto pick = [&](const std::vector<std::string>& words) {
        return words[random() % words.size()];
    };
    const std::vector<std::string> types = {"a_t", "b_t", "c_t", "d_t"};
    Triple triple{pick(types), pick(types), pick({"file", "dir"})};
    if (triple.source == triple.target && random() % 2 == 0)
        triple.target = "self";
    Grant grant;
    grant.permissions.insert(pick({"read", "write", "open", "ioctl", "search"}));
    if (grant.permissions.contains("ioctl") && random() % 4 != 0)
        grant.commands.emplace().insert(static_cast<std::uint16_t>(random() % 12));
    grant.seen.add_time(static_cast<std::int64_t>(random() % 1000));
    grant.seen.add_program("p" + std::to_string(random() % 20) + "\"\n");
    grant.seen.add_object("/x/" + std::to_string(random() % 20));
    return {{triple, grant}};
}

// The text after merging RULES, written and read again after every EVERY of them.
std::string merged(const std::string& file, const std::vector<Rules>& rules, std::size_t every) {
    LocalModule module = LocalModule::parse(started(file), file);
    for (std::size_t i = 0; i < rules.size(); ++i) {
        module.merge(rules[i]);
        if (every > 0 && i % every == 0)
            module = LocalModule::parse(module.str(), file);
    }
    return module.str();
}

bool covers(const Grant& grant, const Grant& before) {
    const bool commands =
        !grant.commands ||
        (before.commands && std::ranges::includes(*grant.commands, *before.commands));
    return std::ranges::includes(grant.permissions, before.permissions) &&
           (commands || !before.permissions.contains("ioctl"));
}

} // namespace

TEST_CASE("the same rules in any order, split and number give the same bytes") {
    const std::string file = GENERATE(as<std::string>{}, "m.cil", "m.te");
    const unsigned seed = GENERATE(range(1U, 21U));
    std::mt19937 random(seed);
    std::vector<Rules> rules;
    for (std::size_t n = 1 + random() % 40; n > 0; --n)
        rules.push_back(one_rule(random));
    const std::string once = merged(file, rules, 0);
    const LocalModule module = LocalModule::parse(once, file);
    CHECK(module.str() == once);

    std::vector<Rules> twice = rules;
    twice.insert(twice.end(), rules.begin(), rules.end());
    std::ranges::shuffle(twice, random);
    CHECK(merged(file, twice, 0) == once);
    CHECK(merged(file, twice, 1 + random() % 5) == once);

    LocalModule again = module;
    for (const Rules& rule : rules)
        CHECK(again.merge(rule).empty());
    CHECK(again.str() == once);

    // Nothing of what was there is lost. A type's rule on itself may have become one on self, which
    // the commands of another statement limited before.
    const Rules after = module.rules();
    for (const auto& [triple, grant] : LocalModule::parse(started(file), file).rules()) {
        Triple now = triple;
        if (triple.source == triple.target && !after.contains(triple))
            now.target = "self";
        CHECK(std::ranges::includes(after.at(now).permissions, grant.permissions));
        if (now == triple)
            CHECK(covers(after.at(now), grant));
    }
}

TEST_CASE("both formats hold the same rules") {
    std::mt19937 random(3);
    LocalModule cil = LocalModule::parse(started("m.cil"), "m.cil");
    LocalModule te = LocalModule::parse(started("m.te"), "m.te");
    CHECK(cil.rules() == te.rules());
    for (int i = 0; i < 50; ++i) {
        const Rules rules = one_rule(random);
        cil.merge(rules);
        te.merge(rules);
    }
    CHECK(cil.rules() == te.rules());
    CHECK(LocalModule::parse(te.str(), "m.te").rules() == cil.rules());
}

TEST_CASE("ioctl commands are joined") {
    const auto with = [](Permissions permissions, std::optional<Commands> commands) {
        return Rules{{{"a", "b", "c"}, {std::move(permissions), std::move(commands), {}}}};
    };
    LocalModule module;
    auto changes = module.merge(with({"ioctl", "read"}, Commands{0x5401, 0x8911}));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].added == Permissions{"ioctl", "read"});
    CHECK(changes[0].commands == Commands{0x5401, 0x8911});
    CHECK_FALSE(changes[0].all_commands);
    CHECK_FALSE(changes[0].widened);
    CHECK(module.merge(with({"ioctl"}, Commands{0x5401})).empty());

    changes = module.merge(with({"ioctl"}, Commands{0x8912, 0x8910, 0x5401}));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].added.empty());
    CHECK(changes[0].commands == Commands{0x8910, 0x8912});
    CHECK(changes[0].widened);
    CHECK_THAT(module.str(), EndsWith("(allow a b (c (ioctl read)))\n"
                                      "(allowx a b (ioctl c (0x5401 (range 0x8910 0x8912))))\n"));

    const LocalModule limited = module;
    changes = module.merge(with({"ioctl"}, {}));
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].all_commands);
    CHECK(changes[0].widened);
    CHECK(module.merge(with({"ioctl"}, Commands{0x1})).empty());
    CHECK_THAT(module.str(), EndsWith("\n\n(allow a b (c (ioctl read)))\n"));
    CHECK_FALSE(module.same_statements(limited));
    CHECK(selns::test::added_rules(limited, module).size() == 1);
    CHECK_THROWS_AS(module.merge(with({"ioctl"}, Commands{})), std::invalid_argument);
}

TEST_CASE("provenance is merged into rules that are there already") {
    LocalModule module = LocalModule::parse("; why\n; by \"b\"\n(allow a b (c (p)))\n", "m.cil");
    Rules rules = rules_of({{{"a", "b", "c"}, {"p"}}});
    rules.begin()->second.seen.add_program("a");
    rules.begin()->second.seen.add_time(0);
    CHECK(module.merge(rules).empty());
    CHECK(module.str() == "; why\n; first seen 1970-01-01T00:00:00Z; by \"a\", \"b\"\n"
                          "(allow a b (c (p)))\n");
    CHECK(module.same_statements(LocalModule::parse("(allow a b (c (p)))", "m.cil")));
}

TEST_CASE("what the policy has come to allow is taken away") {
    LocalModule module = LocalModule::parse("; why\n; by \"x\"\n(allow a b (c (p q)))\n"
                                            "(allow a c (c (p)))\n(allow d e (c (ioctl)))\n"
                                            "(allow f e (c (ioctl p)))\n"
                                            "(allowx f e (ioctl c (0x1 0x3)))\n",
                                            "m.cil");
    auto removed =
        module.subtract(rules_of({{{"a", "b", "c"}, {"q", "r"}}, {{"x", "y", "z"}, {"p"}}}));
    REQUIRE(removed.size() == 1);
    CHECK(removed[0].permissions == Permissions{"q"});
    CHECK_FALSE(removed[0].whole);
    CHECK_THAT(module.str(), StartsWith("; why\n; by \"x\"\n(allow a b (c (p)))\n"));
    removed = module.subtract(rules_of({{{"a", "b", "c"}, {"p"}}}));
    REQUIRE(removed.size() == 1);
    CHECK(removed[0].whole);
    CHECK_THAT(module.str(), StartsWith("(allow a c (c (p)))\n"));

    const Rules one = {{{"d", "e", "c"}, {{"ioctl"}, Commands{0x1}, {}}},
                       {{"f", "e", "c"}, {{"ioctl"}, Commands{0x1, 0x2}, {}}}};
    removed = module.subtract(one);
    REQUIRE(removed.size() == 1);
    CHECK(removed[0].permissions.empty());
    CHECK(removed[0].commands == Commands{0x1});
    CHECK_THAT(module.str(),
               EndsWith("(allow f e (c (ioctl p)))\n(allowx f e (ioctl c (0x0003)))\n"));
    removed = module.subtract({{{"f", "e", "c"}, {{"ioctl"}, Commands{0x3}, {}}}});
    REQUIRE(removed.size() == 1);
    CHECK(removed[0].permissions == Permissions{"ioctl"});
    CHECK_THAT(module.str(), EndsWith("(allow d e (c (ioctl)))\n(allow f e (c (p)))\n"));
    CHECK(module.subtract(module.rules()).size() == 3);
    CHECK(module.empty());
    CHECK(module.str().empty());
}

TEST_CASE("what nothing needs any more is not required any more") {
    LocalModule module = LocalModule::parse(
        "module m 1;\nrequire { type a; type b; type c; type k; class file { read write }; class "
        "dir "
        "search; role r; }\npermissive k;\nallow a b:file { read write };\nallow a c:dir search;\n",
        "m.te");
    module.subtract(rules_of({{{"a", "b", "file"}, {"write"}}, {{"a", "c", "dir"}, {"search"}}}));
    CHECK(module.str() == "module m 1;\nrequire {\n\ttype a;\n\ttype b;\n\ttype k;\n\trole r;\n"
                          "\tclass file read;\n}\npermissive k;\n\n"
                          "#============= a ==============\nallow a b:file read;\n");
}

TEST_CASE("a module is taken into another one") {
    const LocalModule other = import_module(
        "module other 2.0;\nrequire { type a; attribute at; class file read; }\ntype new_t;\n"
        "# why\n# by \"x\"\nallow at at:file read;\nallow a new_t:file write;\n",
        Format::te, "other.te");
    LocalModule te = LocalModule::parse("module m 1.0;\nrequire { type new_t; class file read; }\n"
                                        "allow a new_t:file read;\n",
                                        "m.te");
    const Import taken = te.take(other);
    REQUIRE(taken.changes.size() == 2);
    CHECK(taken.changes[0].widened);
    CHECK(taken.changes[0].added == Permissions{"write"});
    CHECK(taken.statements == std::vector<std::string>{"type new_t ;"});
    const std::string text = te.str();
    CHECK(text ==
          "module m 1.0;\nrequire {\n\ttype a;\n\tattribute at;\n\tclass file { read write };\n"
          "}\n\ntype new_t;\n\n#============= a ==============\n"
          "allow a new_t:file { read write };\n\n#============= at ==============\n"
          "# why\n# by \"x\"\nallow at at:file read;\n");
    CHECK(LocalModule::parse(text, "m.te").str() == text);
    CHECK(te.take(other).changes.empty());
    CHECK(te.str() == text);
    CHECK(te.declared_types() == std::set<std::string>{"new_t"});

    LocalModule cil = LocalModule::parse("(type t)", "m.cil");
    try {
        cil.take(other);
        FAIL("taken");
    } catch (const selns::Error& error) {
        CHECK(error.location() == selns::Location{"other.te", 3});
        CHECK_THAT(error.message(), ContainsSubstring("type new_t ;"));
    }
    CHECK(cil.str() == "(type t)\n");
    cil.take(import_module("module x 1;\nrequire { type q; }\n# why\nallow a b:file read;",
                           Format::te, "y.te"));
    CHECK(cil.str() == "(type t)\n\n; why\n(allow a b (file (read)))\n");
    cil.take(
        import_module("(typeattributeset cil_gen_require a)\n(roleattributeset cil_gen_require "
                      "r)\n(allow a b (file (write)))\n(type t)(optional o\n (type u))",
                      Format::cil, "x.pp"));
    CHECK(cil.str() ==
          "(type t)\n\n(optional o\n (type u))\n\n; why\n(allow a b (file (read write)))\n");
}
