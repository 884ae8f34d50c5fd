#include "module_support.hpp"
#include "selns/base/error.hpp"
#include "selns/log/names.hpp"
#include "selns/module/local_module.hpp"
#include "selns/module/plain_te.hpp"
#include "support/catch.hpp"

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;
using Catch::Matchers::EndsWith;
using selns::test::rules_of;

namespace {

LocalModule parse_te(const std::string& text) {
    return LocalModule::parse(text, "policy/m.te");
}

std::string canonical_te(const std::string& text) {
    return selns::test::canonical(text, "policy/m.te");
}

std::string failure_te(const std::string& text) {
    return selns::test::failure(text, "policy/m.te");
}

const std::string start = "module m 1.0;\n\nrequire {\n\ttype a;\n\ttype b;\n"
                          "\tclass file { open read };\n}";

} // namespace

TEST_CASE("An empty require block leaves no place of its own") {
    const std::string text = "module m 1.2; # ours\nrequire {; }\n# a comment # behind\n";
    LocalModule direct = parse_te(text);
    LocalModule written = parse_te(direct.str());
    const auto rules = rules_of({{{"a", "b", "file"}, {"read"}}});
    direct.merge(rules);
    written.merge(rules);
    CHECK(direct.str() == written.str());
    CHECK(canonical_te(direct.str()) == direct.str());
}

TEST_CASE("a file's name tells what the module is written in") {
    CHECK(format_of("policy/x.te") == Format::te);
    CHECK(format_of("x.cil") == Format::cil);
    CHECK(format_of("x.te.cil") == Format::cil);
    CHECK(format_of("te") == Format::cil);
}

TEST_CASE("a new .te module") {
    LocalModule module(Format::te, "m");
    CHECK(module.empty());
    CHECK(module.str().starts_with("# The local"));
    CHECK(module.str().ends_with("\n\nmodule m 1.0;\n"));
    CHECK(canonical_te(module.str()) == module.str());
    CHECK(parse_te("\n").str() == module.str());
    module.merge(rules_of({{{"b", "a", "dir"}, {"search"}},
                           {{"a", "a", "process"}, {"signal", "fork"}},
                           {{"a", "b", "file"}, {"read"}}}));
    CHECK(module.str() == LocalModule(Format::te, "m").str() +
                              "\nrequire {\n\ttype a;\n\ttype b;\n\tclass dir search;\n"
                              "\tclass file read;\n\tclass process { fork signal };\n}\n\n"
                              "#============= a ==============\n"
                              "allow a b:file read;\n"
                              "allow a self:process { fork signal };\n\n"
                              "#============= b ==============\n"
                              "allow b a:dir search;\n");
    CHECK(canonical_te(module.str()) == module.str());
    CHECK_FALSE(module.empty());
}

TEST_CASE("a module made by audit2allow") {
    CHECK(canonical_te("\nmodule m 1.0;\n\nrequire {\n\ttype b;\n\ttype a;\n"
                       "\tclass file { read open };\n\tclass dir search;\n}\n\n"
                       "#============= b ==============\nallow b a:dir search;\n\n"
                       "#============= a ==============\n\n"
                       "#!!!! This avc is allowed in the current policy\n"
                       "allow a b:file open;\nallow a b:file read;\n") ==
          "module m 1.0;\n\nrequire {\n\ttype a;\n\ttype b;\n\tclass dir search;\n"
          "\tclass file { open read };\n}\n\n"
          "#============= a ==============\n"
          "#!!!! This avc is allowed in the current policy\n"
          "allow a b:file { open read };\n\n"
          "#============= b ==============\nallow b a:dir search;\n");
    CHECK(canonical_te("# x\nmodule m 1.0; \n\nallow a b:file read;") ==
          "# x\nmodule m 1.0;\n\nrequire {\n\ttype a;\n\ttype b;\n\tclass file read;\n}\n\n"
          "#============= a ==============\nallow a b:file read;\n");
    CHECK(canonical_te("\n\n#============= a ==============\nallow a b:file read;\n") ==
          "module m 1.0;\n\nrequire {\n\ttype a;\n\ttype b;\n\tclass file read;\n}\n\n"
          "#============= a ==============\nallow a b:file read;\n");
}

TEST_CASE("headings are written anew, and only where rules are") {
    const std::string heading = "#============= a ==============";
    CHECK(canonical_te(start + "\npermissive a; " + heading + "\n" + heading + "\n\n# c\n" +
                       heading) == start + "\npermissive a; " + heading + "\n# c\n");
    CHECK(
        canonical_te(start + "\n" + heading + "\npermissive a;\nallow a b:file read; " + heading) ==
        start + "\n" + heading + "\npermissive a;\n\n" + heading + "\nallow a b:file read;\n");
}

TEST_CASE("sets become rules, and rules of one triple become one") {
    const std::string rules =
        canonical_te(start + "\nallow a { b self }:{ file dir } { read { open } };"
                             "\nALLOW a b : file read;\n");
    CHECK_THAT(rules, ContainsSubstring("allow a b:dir { open read };\n"
                                        "allow a b:file { open read };\n"
                                        "allow a self:dir { open read };\n"
                                        "allow a self:file { open read };\n"));
}

TEST_CASE("other statements of .te stay as they are, in their order") {
    const std::string kept =
        "module m 1.2.3; # ours\n"
        "# kept by hand\n"
        "require {\n\ttype a;\n}\n"
        "type  new_t , exec ; attribute x; # odd   blanks\n"
        "typealias new_t alias { old_t older_t };\n"
        "role r types new_t;\n"
        "bool flag true;\n"
        "if (flag && !other) {\n  # inside\n  allow a new_t:file read;\n} else { dontaudit a "
        "a:file read; }\n"
        "optional { require { type z; } allow a z:file read; } else { permissive a; }\n"
        "dontaudit a b:file read;\n"
        "neverallow a b:file ~{ read };\n"
        "type_transition a b:file c \"x y\";\n"
        "allow ra rb;\n"
        "allow a { b -c }:file read;\n"
        "allow a b:file *;\n"
        "allow a b:file ~write;\n"
        "allow a - b c:file read;\n"
        "allow ~a b:file read;\n"
        "allow * b:file read;\n"
        "allow a all:file read;\n"
        "allowxperm a b:file ioctl ~{ 0x1 };\n"
        "allowxperm a b:file ioctl { 010 };\n"
        "allowxperm a b:netlink_route_socket nlmsg 0x1;\n"
        "auditallowxperm a b:file ioctl 0x1;\n"
        "files_read_etc_files(a)\n"
        "optional_policy(`\n\tallow a q:file read;\n');\n"
        "; ;";
    CHECK(canonical_te(kept) == kept + "\n");
    CHECK(parse_te(kept).rules().empty());
    CHECK(parse_te(kept).declared_types() == std::set<std::string>{"new_t"});
    const std::string more = canonical_te(kept + "\n\n# why\nallow new_t old_t:file read; # yes\n");
    CHECK_THAT(more, ContainsSubstring("require {\n\ttype a;\n\tclass file read;\n}\ntype  new_t"));
    CHECK_THAT(more, EndsWith("; ;\n\n#============= new_t ==============\n# why\n# yes\n"
                              "allow new_t old_t:file read;\n"));
}

TEST_CASE("the require block stays where it is, with all that it names") {
    CHECK(canonical_te("module m 1;\nrequire { class file { write read }; role r, q; type c; "
                       "attribute at; bool on; user u; }\nallow at c:dir search;\n"
                       "# more\nrequire { type b; }\npermissive c;\n") ==
          "module m 1;\nrequire {\n\ttype b;\n\ttype c;\n\tattribute at;\n\trole q;\n\trole r;\n"
          "\tuser u;\n\tbool on;\n\tclass dir search;\n\tclass file { read write };\n}\n"
          "# more\npermissive c;\n\n#============= at ==============\nallow at c:dir search;\n");
    CHECK(canonical_te("module m 1;\nrequire {\n\t# the web server\n\ttype b; # nginx\n\ttype a;\n"
                       "# files\n\tclass file read;\n\t# end\n}\n") ==
          "module m 1;\nrequire {\n\ttype a;\n\t# the web server\n\t# nginx\n\ttype b;\n"
          "\t# files\n\tclass file read;\n\t# end\n}\n");
}

TEST_CASE("ioctl commands in .te") {
    const std::string rules = "\n\n#============= a ==============\n";
    CHECK_THAT(canonical_te(start + "\nallow a b:file { ioctl read };\n"
                                    "allowxperm a b:file ioctl { 21505 0x8913 0x8910-0x8912 };\n"),
               EndsWith(rules + "allow a b:file { ioctl read };\n"
                                "allowxperm a b:file ioctl { 0x5401 0x8910-0x8913 };\n"));
    CHECK_THAT(canonical_te(start + "\nallowxperm a b:file ioctl 0x0;\n"),
               EndsWith(rules + "allowxperm a b:file ioctl 0x0000;\n"));

    // A line may not be longer than checkmodule's buffer.
    LocalModule module(Format::te, "m");
    Commands even;
    for (int command = 0; command < 0x10000; command += 2)
        even.insert(static_cast<std::uint16_t>(command));
    module.merge({{{"a", "b", "file"}, {{"ioctl"}, even, {}}}});
    const std::string text = canonical_te(module.str());
    std::size_t longest = 0;
    for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
        end = text.find('\n', at);
        longest = std::max(longest, end - at);
    }
    CHECK(longest < 8000);
    CHECK(text == module.str());
}

TEST_CASE("a .te module that cannot be kept is refused with its line") {
    const std::string text = start + "\n";
    CHECK(
        failure_te("\nmodule other 1.0;\n") ==
        "policy/m.te:2: the module is called \"other\", its file \"m\"; checkmodule wants one name "
        "for both");
    CHECK(failure_te(text + "module m 1.0;") == "policy/m.te:8: a second module statement");
    CHECK_THAT(failure_te("type x;\nmodule m 1.0;"),
               ContainsSubstring("m.te:2: the module statement"));
    CHECK_THAT(failure_te("module m;\n"),
               ContainsSubstring("m.te:1: expected module NAME VERSION;"));
    CHECK_THAT(failure_te(text + "allow a b:file"), ContainsSubstring("m.te:8: "));
    CHECK_THAT(failure_te(text + "allow a b:file read\nallow b a:file read;"),
               ContainsSubstring("m.te:9: the statement before \"allow\""));
    CHECK_THAT(failure_te(text + "allow a b read;"),
               ContainsSubstring("m.te:8: expected allow SOURCE"));
    CHECK_THAT(failure_te(text + "allow a b:file { };"), ContainsSubstring("m.te:8: an empty set"));
    CHECK_THAT(failure_te(text + "allow a b:file source;"), ContainsSubstring("m.te:8: expected"));
    CHECK_THAT(failure_te(text + "allow a:file read;"), ContainsSubstring("m.te:8: expected"));
    CHECK_THAT(failure_te(text + "\nallowxperm a b:file ioctl read;"),
               ContainsSubstring("m.te:9: "));
    CHECK_THAT(failure_te(text + "type x\nallow a b:file read;"), ContainsSubstring("m.te:9: "));
    CHECK_THAT(failure_te(text + "if (x) {\n allow a b:file read;\n"),
               ContainsSubstring("m.te:8: "));
    CHECK_THAT(failure_te(text + "foo(`\n"), ContainsSubstring("m.te:8: "));
    CHECK_THAT(failure_te(text + "foo(a\n)\n}"), ContainsSubstring("m.te:10: "));
    CHECK_THAT(failure_te(text + "foo(a}"), ContainsSubstring("m.te:8: "));
    CHECK_THAT(failure_te(text + "type_transition a b:c d \"x\n\";"),
               ContainsSubstring("m.te:8: "));
    CHECK_THAT(failure_te(text + "frobnicate a b;"), ContainsSubstring("m.te:8: \"frobnicate\""));
    CHECK_THAT(failure_te("module m 1.0;\nrequire { }\n"), ContainsSubstring("m.te:2: an empty"));
    CHECK_THAT(failure_te("module m 1.0;\nrequire { type a\n}\n"), ContainsSubstring("m.te:3: "));
    CHECK_THAT(failure_te("module m 1.0;\r\n"), ContainsSubstring("m.te:1: a carriage return"));
    CHECK_THAT(failure_te("(allow a b (c (p)))\n"), ContainsSubstring("m.te:1: "));
    CHECK_THROWS_AS(LocalModule(Format::te, "1"), selns::Error);
    CHECK_THROWS_AS(LocalModule::parse("", "type.te"), selns::Error);
}

TEST_CASE("a few bytes cannot stand for endless rules") {
    std::string set = "{";
    for (int i = 0; i < 1100; ++i)
        set += " t" + std::to_string(i) + "x";
    set += " }";
    const std::string kept = "module m 1;\nallow " + set + " b:file read;\nallow " + set + " " +
                             set + ":" + set + " read;\n";
    CHECK(canonical_te(kept) == kept);
    std::string text;
    for (int i = 0; i < 20; ++i)
        text += "allowxperm a t" + std::to_string(i) + "x:file ioctl { 0x0-0xffff };\n";
    CHECK_THAT(failure_te(text), ContainsSubstring("m.te:16: up to here there are more than"));
}

TEST_CASE("a name that .te reserves never gets in") {
    const std::string bad =
        GENERATE(as<std::string>{}, "type", "ROLE", "allow", "if", "h1", "low-high", "source");
    CHECK(is_name(bad));
    CHECK_FALSE(is_te_name(bad));
    LocalModule module(Format::te, "m");
    CHECK_FALSE(module.accepts(bad));
    CHECK(LocalModule().accepts(bad));
    CHECK_THROWS_AS(module.merge(rules_of({{{"a", bad, "c"}, {"p"}}})), selns::Error);
    CHECK_THROWS_AS(module.merge(rules_of({{{"a", "b", "c"}, {"p", bad}}})), selns::Error);
    CHECK_THROWS_AS(module.merge(rules_of({{{"a\n", "b", "c"}, {"p"}}})), std::invalid_argument);
    CHECK(module.str() == LocalModule(Format::te, "m").str());
    CHECK(is_te_name("Type"));
    CHECK_FALSE(is_te_name("a.b"));
}

TEST_CASE("ioctl commands may have the names of m4's macros") {
    const std::string rule = "allow a b:file { open read };\n";
    for (const auto& [name, number] :
         {std::pair("FIOQSIZE", "0x5460"), std::pair("TIOCSTI", "0x5412"),
          std::pair("{ SIOCGIFADDR 0x8916 }", "{ 0x8915-0x8916 }"),
          std::pair("{ TCGETS - TCSETS }", "{ 0x5401-0x5402 }")}) {
        CAPTURE(name);
        const auto named = parse_te(start + "\nallowxperm a b:file ioctl " + name + ";\n");
        const auto plain = parse_te(start + "\nallowxperm a b:file ioctl " + number + ";\n");
        CHECK(named.str() == plain.str());
        CHECK(named.only_rules());
    }
    CHECK_THAT(failure_te(start + "\nallowxperm a b:file ioctl NO_SUCH;\n"),
               ContainsSubstring("m.te:8: ") && ContainsSubstring("NO_SUCH"));
}

TEST_CASE("gen_require() is a require block, and policy_module() a module statement") {
    const std::string text =
        "policy_module(m, 1.2)\ngen_require(`\n\ttype a, b;\n\tattribute c;\n')"
        "\nallow a b:file { open read };\nallow a c:dir search;\n";
    const auto read = parse_te(text);
    CHECK(read.only_rules());
    CHECK(read.rules().size() == 2);
    const auto plain = plain_te(text, "policy/m.te");
    CHECK(plain.name == "m");
    CHECK_THAT(plain.text,
               ContainsSubstring("module m 1.2;") && ContainsSubstring("attribute c;") &&
                   ContainsSubstring("class dir search;") && !ContainsSubstring("gen_require"));
    CHECK_THAT(failure_te("module m 1.0;\n\ngen_require(`\n\ttype a b;\n')\n"),
               ContainsSubstring("m.te:4: "));
}

TEST_CASE("what checkmodule gets has the lines of the file, and no word of m4") {
    const std::string text = "# policy_module(x, 1)\npolicy_module(m,\n  1.2)\n"
                             "gen_require(`\n\ttype a, b; # gen_require(\n')\n"
                             "allow a b:file\n  { open read };\nallowxperm a b:file ioctl\n"
                             "  { TIOCSTI 0x5401 - TCSETS };\ndontaudit a b:dir search;\n";
    const std::string plain = plain_te(text, "m.te").text;
    CHECK(plain == "# policy_module(x, 1)\nmodule m 1.2; require {  role system_r;  class file { "
                   "ioctl open read }; }\n\n"
                   "require {\n\ttype a, b; # gen_require(\n}\n"
                   "allow a b:file\n  { open read };\nallowxperm a b:file ioctl\n"
                   "  { 0x5412 0x5401 - 0x5402 };\ndontaudit a b:dir search;\n");
    const std::string without = start + "\n# gen_require() is of m4\nallow a b:file read;\n";
    CHECK(plain_te(without, "m.te").text == without);
    CHECK_THROWS_WITH(plain_te(start + "\ntype box.process;\n", "m.te"),
                      ContainsSubstring("box.process"));
}

TEST_CASE("what only a reference policy's m4 expands is named, with its line") {
    for (const std::string call :
         {"files_read_etc_files(a)", "optional_policy(`\n\tx(a)\n')", "optional {\n y(a)\n}"}) {
        CAPTURE(call);
        CHECK_THROWS_WITH(plain_te(start + "\n" + call + "\n", "m.te"),
                          ContainsSubstring("macro of a reference policy"));
    }
    const std::string said = failure_te(start + "\nallow a b:file read_file_perms;\n");
    CHECK_THAT(said, ContainsSubstring("m.te:8: read_file_perms is a macro"));
    CHECK_THAT(failure_te(start + "\nallow a b:file_class_set { read };\n"),
               ContainsSubstring("file_class_set is a macro"));
    CHECK_NOTHROW(
        plain_te(start + "\nbool x true;\nif (x && !(x)) { allow a b:file read; }\n", "m.te"));
}

TEST_CASE("a type with a dot in its name is refused: CIL has none") {
    CHECK_THAT(failure_te(start + "\ntype box;\ntype box.process;\n"),
               ContainsSubstring("m.te:9: ") && ContainsSubstring("box.process"));
    CHECK_THAT(selns::test::failure("(type box)\n(type box.process)\n", "m.cil"),
               ContainsSubstring("m.cil:2: ") && ContainsSubstring("box.process"));
}
