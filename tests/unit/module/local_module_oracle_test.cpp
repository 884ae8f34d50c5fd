// The modules that are written, against the tools that people compile and install them with.
#include "module_support.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/module/local_module.hpp"
#include "selns/process/process.hpp"
#include "selns/selinux/module_package.hpp"
#include "support/catch.hpp"
#include "support/never.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;
using selns::test::never;
using namespace selns::test;

namespace {

const std::vector<std::string> types = {"a_t", "b_t", "c_t", "d-t", "e_t"};
const std::vector<std::string> permissions = {"read", "write", "open", "ioctl", "getattr"};

// The other statements of the modules, in both languages.
const std::string other_te =
    "type new_t;\ntypeattribute new_t x;\ntype_transition a_t new_t:file b_t;\n";
const std::string other_cil =
    "(type new_t)\n(roletype object_r new_t)\n(typeattributeset x (new_t))\n"
    "(typetransition a_t new_t file b_t)\n";

const std::string base =
    "(handleunknown allow)\n(mls true)\n(class file (read write open ioctl getattr))\n"
    "(class dir (read write open ioctl getattr))\n(classorder (file dir))\n(sid kernel)\n"
    "(sidorder (kernel))\n(role object_r)\n(user u)\n(role r)\n(type a_t)\n(type b_t)\n(type "
    "c_t)\n(type d-t)\n"
    "(type e_t)\n(typeattribute x)\n(typeattributeset x (e_t))\n(typeattribute cil_gen_require)\n"
    "(roleattribute cil_gen_require)\n(userrole u r)\n(roletype r a_t)\n(sensitivity s0)\n"
    "(sensitivityorder (s0))\n(userlevel u (s0))\n(userrange u ((s0) (s0)))\n"
    "(sidcontext kernel (u r a_t ((s0) (s0))))\n(allow a_t b_t (file (read)))\n";

Rules random_rules(unsigned seed, std::size_t count) {
    std::mt19937 random(seed);
    const auto pick = [&](const std::vector<std::string>& words) {
        return words[random() % words.size()];
    };
    Rules rules;
    while (rules.size() < count) {
        Triple triple{pick(types), pick(types), random() % 2 == 0 ? "file" : "dir"};
        if (triple.source == triple.target)
            triple.target = "self";
        Grant& grant = rules[triple];
        for (std::size_t n = 1 + random() % 3; n > 0; --n)
            grant.permissions.insert(pick(permissions));
        if (grant.permissions.contains("ioctl") && random() % 2 == 0) {
            grant.commands.emplace();
            for (std::size_t n = 1 + random() % 9; n > 0; --n)
                grant.commands->insert(
                    static_cast<std::uint16_t>(random() % 2 == 0 ? random() % 12 : random()));
        }
        grant.seen.add_time(static_cast<std::int64_t>(random()));
        grant.seen.add_program("p\"\n\xff\\" + std::to_string(random() % 9));
        grant.seen.add_object(std::string(random() % 200, static_cast<char>(random())));
    }
    return rules;
}

Rules without_provenance(Rules rules) {
    for (auto& [triple, grant] : rules)
        grant.seen = {};
    return rules;
}

void run(selns::process::Runner& runner, std::vector<std::string> argv) {
    selns::process::output_of(runner,
                              {.argv = std::move(argv), .package = "checkpolicy, secilc, setools"});
}

// TEXT compiled and packaged as people do it, and converted as semodule does it.
std::string compiled(selns::process::Runner& runner, const TempDir& directory,
                     const std::string& text) {
    const std::string file = directory.write("m.te", text).string();
    const std::string stem = file.substr(0, file.size() - 3);
    run(runner, {"checkmodule", "-M", "-m", "-o", stem + ".mod", file});
    run(runner, {"semodule_package", "-o", stem + ".pp", "-m", stem + ".mod"});
    const selns::Fd package = selns::open_read(stem + ".pp");
    return selns::selinux::module_package_to_cil(package.get(), "m.pp");
}

// What a policy of the base and MODULE says, a line each, sorted.
std::vector<std::string> policy_of(selns::process::Runner& runner, const TempDir& directory,
                                   const std::string& module) {
    const std::string file = directory.write("policy.cil", base + module).string();
    run(runner, {"secilc", "-c", "33", "-o", file + ".33", "-f", "/dev/null", file});
    const std::string rules = selns::process::output_of(
        runner,
        {.argv = {"sesearch", "-A", "--allowxperm", "-T", file + ".33"}, .package = "setools"});
    std::vector<std::string> lines;
    for (const std::string_view line : selns::split(rules, '\n'))
        lines.emplace_back(line);
    std::ranges::sort(lines);
    return lines;
}

bool have(const selns::process::Runner& runner, const std::vector<std::string>& programs) {
    for (const std::string& program : programs)
        if (!runner.find(program)) {
            WARN(program << " is not installed");
            return false;
        }
    return true;
}

} // namespace

TEST_CASE("checkmodule compiles what is written in .te, and the rules are the same") {
    selns::process::SystemRunner runner(never);
    if (!have(runner, {"checkmodule", "semodule_package"}))
        return;
    const TempDir directory;
    for (unsigned seed = 1; seed <= 8; ++seed) {
        LocalModule module(Format::te, "m");
        const Rules rules = random_rules(seed, seed == 1 ? 1 : 20);
        module.merge(rules);
        INFO(module.str());
        const LocalModule back =
            import_module(compiled(runner, directory, module.str()), Format::cil, "m.pp");
        CHECK(back.rules() == without_provenance(rules));
        LocalModule taken;
        CHECK(taken.take(back).statements.empty());
    }
    std::string all = "module m 1.0;\nrequire { type a_t; attribute x; type b_t; }\n" + other_te;
    LocalModule module = LocalModule::parse(all, "m.te");
    module.merge(random_rules(9, 30));
    Commands even;
    for (int command = 0; command < 0x10000; command += 2)
        even.insert(static_cast<std::uint16_t>(command));
    module.merge({{{"a_t", "new_t", "file"}, {{"ioctl"}, even, {}}}});
    CHECK(import_module(compiled(runner, directory, module.str()), Format::cil, "m.pp").rules() ==
          without_provenance(module.rules()));
}

TEST_CASE("the same rules in .cil and in .te compile to the same policy") {
    selns::process::SystemRunner runner(never);
    if (!have(runner, {"checkmodule", "semodule_package", "secilc", "sesearch"}))
        return;
    const TempDir directory;
    for (unsigned seed = 11; seed <= 12; ++seed) {
        LocalModule cil = LocalModule::parse(other_cil, "m.cil");
        LocalModule te = LocalModule::parse(
            "module m 1.0;\nrequire { type a_t; attribute x; type b_t; class file read; }\n" +
                other_te,
            "m.te");
        const Rules rules = random_rules(seed, 25);
        cil.merge(rules);
        te.merge(rules);
        const auto expected = policy_of(runner, directory, cil.str());
        CHECK(expected.size() > 25);
        CHECK(policy_of(runner, directory, compiled(runner, directory, te.str())) == expected);
    }
}

// What checkmodule takes is still taken after rules were pulled out, merged and required anew.
TEST_CASE("what checkmodule compiles stays what it compiles") {
    selns::process::SystemRunner runner(never);
    if (!have(runner, {"checkmodule"}))
        return;
    const TempDir directory;
    const std::vector<std::string> pieces = {
        "allow a b:file read;",
        "allow { a new } self:file { open read };",
        "type new;",
        "allow a { b -new }:file *;",
        "# comment\n",
        "# by \"x\"\n",
        "\n",
        "\n",
        ";",
        "#============= a ==============\n",
        "permissive a;",
        "optional { require { type z; } allow z a:file open; }",
        "require { type c; class dir search; }",
        "allow a c:dir search;",
        "attribute at;",
        "type other, at;",
        "if (on) { allow a b:file write; }",
        "allowxperm a b:file ioctl { 1 0x3-0x5 };",
        "allow a b:file ioctl;"};
    const std::string head =
        "# m\nmodule m 1.0;\nrequire { type a, b; class file { read open write ioctl }; bool on; }";
    std::mt19937 random(21);
    int taken = 0;
    const auto compiles = [&](const std::string& text) {
        const std::string file = directory.write("m.te", text).string();
        const std::string output = (directory.path() / "m.mod").string();
        return runner
            .run(
                {.argv = {"checkmodule", "-M", "-m", "-o", output, file}, .package = "checkpolicy"})
            .ok();
    };
    for (int round = 0; round < 60; ++round) {
        std::string text = head;
        for (std::size_t n = random() % 9; n > 0; --n)
            text += (random() % 2 == 0 ? "\n" : " ") + pieces[random() % pieces.size()];
        if (!compiles(text))
            continue;
        ++taken;
        LocalModule module = LocalModule::parse(text, "m.te");
        INFO(text << "\n---\n" << module.str());
        REQUIRE(compiles(module.str()));
        module.merge(random_rules(21, 3));
        REQUIRE(compiles(module.str()));
        const LocalModule again = LocalModule::parse(module.str(), "m.te");
        REQUIRE(again.str() == module.str());
        REQUIRE(again.same_statements(module));
        module.subtract(module.rules());
        REQUIRE((module.empty() || compiles(module.str())));
    }
    CHECK(taken > 10);
}

TEST_CASE("a module that audit2allow made is taken in as a whole") {
    selns::process::SystemRunner runner(never);
    if (!have(runner, {"audit2allow", "checkmodule"}) ||
        !std::filesystem::exists("/etc/selinux/default/policy")) {
        WARN("no policy to make a module for");
        return;
    }
    const TempDir directory;
    const std::string log =
        std::string(SELNS_SOURCE_DIR) + "/tests/unit/log/data/debian12-boot.log";
    const std::filesystem::path policy =
        std::filesystem::directory_iterator("/etc/selinux/default/policy")->path();
    selns::process::output_of(
        runner, {.argv = {"audit2allow", "-M", "boot", "-p", policy.string(), "-i", log},
                 .directory = directory.path(),
                 .package = "policycoreutils-python-utils"});
    const std::string text = selns::read_file(directory.path() / "boot.te");
    const LocalModule te = LocalModule::parse(text, "boot.te");
    CHECK(te.rules().size() > 3);
    CHECK(te.str().starts_with("module boot 1.0;\n\nrequire {\n"));
    const selns::Fd package = selns::open_read(directory.path() / "boot.pp");
    const LocalModule pp = import_module(
        selns::selinux::module_package_to_cil(package.get(), "boot.pp"), Format::cil, "boot.pp");
    for (const Format format : {Format::cil, Format::te}) {
        LocalModule target(format, "m");
        CHECK(target.take(pp).statements.empty());
        CHECK(target.rules() == te.rules());
        CHECK(target.take(te).changes.empty());
        if (format == Format::te)
            CHECK_FALSE(compiled(runner, directory, target.str()).empty());
    }
}
