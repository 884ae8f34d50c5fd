#include "selns/yaml/parse.hpp"
#include "support/catch.hpp"
#include "unit/yaml/error_of.hpp"

using selns::Diagnostics;
using selns::Error;
using selns::ErrorKind;
using selns::Location;
using selns::test::error_of;
using selns::yaml::Kind;
using selns::yaml::Node;
using selns::yaml::parse;
using selns::yaml::Places;

namespace {

Node parsed(const std::string& text) {
    Diagnostics problems;
    Node node = parse(text, "a.yaml", problems);
    CHECK(problems.empty());
    return node;
}

Location place(int line, int column) {
    return {"a.yaml", line, column};
}

} // namespace

TEST_CASE("nodes keep kind, order and place") {
    const Node root = parsed("name: web\n"
                             "list:\n"
                             "  - 8\n"
                             "  - \"8\"\n"
                             "  - { on: true, x: 1.5 }\n");
    REQUIRE(root.kind == Kind::map);
    REQUIRE(root.entries.size() == 2);
    CHECK(root.entries[0].key == "name");
    CHECK(root.entries[0].at == place(1, 1));
    CHECK(root.entries[0].value.kind == Kind::string);
    CHECK(root.entries[0].value.text == "web");
    CHECK(root.entries[0].value.at == place(1, 7));

    const Node& list = root.find("list")->value;
    REQUIRE(list.items.size() == 3);
    CHECK(list.items[0].kind == Kind::integer);
    CHECK(list.items[0].at == place(3, 5));
    CHECK(list.items[1].kind == Kind::string);
    CHECK(list.items[1].text == "8");
    const Node& flow = list.items[2];
    CHECK(flow.find("on")->value.kind == Kind::boolean);
    CHECK(flow.find("x")->at == place(5, 17));
    CHECK(flow.find("x")->value.kind == Kind::real);
    CHECK(flow.find("y") == nullptr);
}

TEST_CASE("an absent value is null, at its key") {
    const Node root = parsed("a:\nb: ~\nc: \"\"\nd: {e}\n");
    CHECK(root.find("a")->value.kind == Kind::null);
    CHECK(root.find("a")->value.at == place(1, 1));
    CHECK(root.find("b")->value.kind == Kind::null);
    CHECK(root.find("c")->value.kind == Kind::string);
    CHECK(root.find("d")->value.find("e")->value.kind == Kind::null);
}

TEST_CASE("an empty document is null") {
    for (const char* text : {"", "\n", "# nothing\n", "---\n", "---\n...\n", "~\n"}) {
        CAPTURE(text);
        CHECK(parsed(text).kind == Kind::null);
        CHECK(parsed(text).at.file == "a.yaml");
    }
}

TEST_CASE("block and quoted scalars are text") {
    const Node root = parsed("a: |\n  x\n  y\nb: 'it''s'\nc: \"tab\\there\"\nd: !!str 5\n");
    CHECK(root.find("a")->value.text == "x\ny\n");
    CHECK(root.find("b")->value.text == "it's");
    CHECK(root.find("c")->value.text == "tab\there");
    CHECK(root.find("d")->value.kind == Kind::string);
}

TEST_CASE("a byte order mark and carriage returns are no trouble") {
    const Node root = parsed("\xef\xbb\xbf"
                             "a: 'x'\r\nb: \"y\"\r\n");
    CHECK(root.find("a")->value.text == "x");
    CHECK(root.find("b")->value.text == "y");
    CHECK(root.find("b")->at.line == 2);
}

TEST_CASE("duplicate keys are reported with both places and kept") {
    Diagnostics problems;
    const Node root = parse("a: 1\nb:\n  - c: 1\n    d: 2\n    c: 3\na: 4\n", "a.yaml", problems);
    REQUIRE(problems.size() == 2);
    CHECK(problems.items()[0].str() == "a.yaml:5:5: b[0].c: given twice, first at a.yaml:3:5");
    CHECK(problems.items()[1].str() == "a.yaml:6:1: a: given twice, first at a.yaml:1:1");
    REQUIRE(root.entries.size() == 3);
    CHECK(root.entries[2].value.text == "4");
    CHECK(root.find("a")->value.text == "1");
}

TEST_CASE("quotes do not make another key") {
    Diagnostics problems;
    parse("a: 1\n\"a\": 2\n", "a.yaml", problems);
    CHECK(problems.size() == 1);
}

TEST_CASE("aliases are copies") {
    const Node root = parsed("base: &b [x, {y: &z 1}]\nagain: *b\ny: *z\n");
    CHECK(root.find("again")->value.items.size() == 2);
    CHECK(root.find("again")->value.items[1].find("y")->value.text == "1");
    CHECK(root.find("again")->value.at == place(1, 7));
    CHECK(root.find("y")->value.kind == Kind::integer);
}

TEST_CASE("what is not YAML says where") {
    CHECK_THAT(error_of("a: [1\n"), ContainsSubstring("a.yaml:2:1: not valid YAML: "));
    CHECK_THAT(error_of("a: b: c\n"), ContainsSubstring("a.yaml:1:5: not valid YAML: "));
    CHECK_THAT(error_of("a: *zz\n"), ContainsSubstring("a.yaml:1:4: not valid YAML: "));
    CHECK_THAT(error_of("a: \"x\\q\"\n"), ContainsSubstring("a.yaml:1:8: not valid YAML: "));
    CHECK_THAT(error_of("a: [[b\n"), ContainsSubstring("a.yaml:2:1: not valid YAML: "));
    CHECK_THAT(error_of("a: 'x\n\n"), ContainsSubstring("a.yaml:1:4: not valid YAML: "));
    CHECK_THAT(error_of("a: \"x\n\n"), ContainsSubstring("a.yaml:1:4: not valid YAML: "));
    CHECK_THAT(error_of("\ta: b\n"), ContainsSubstring("a.yaml:1:"));
}

TEST_CASE("the likely mistakes are told in plain words") {
    CHECK_THAT(error_of("a: [*.log]\n"), ContainsSubstring("begins with * needs quotes"));
    CHECK_THAT(error_of("a:\n  - *.log\n"), ContainsSubstring("begins with * needs quotes"));
    CHECK_THAT(error_of("a: *zz\n"), ContainsSubstring("begins with * needs quotes"));
    CHECK_THAT(error_of("a:\n  - @core\n"), ContainsSubstring("begins with @ needs quotes"));
    CHECK_THAT(error_of("a:\n\tb: c\n"), ContainsSubstring("indented with a tab"));
    CHECK_THAT(error_of("a: 1\n  b: 2\n"), ContainsSubstring("indented more than the one above"));
    CHECK_THAT(error_of("a:\n  b: 2\n c: 3\n"), ContainsSubstring("not indented like the others"));
    CHECK_THAT(error_of("a:1\nb: 2\n"), ContainsSubstring("a space after the colon"));
}

TEST_CASE("one document, plain keys, no tags") {
    CHECK(error_of("--- a\n--- b\n") == "a.yaml:2:1: expected one YAML document, found a second");
    CHECK(error_of("? [a]\n: c\n") == "a.yaml:1:3: expected a word as key");
    CHECK(error_of("? {a: b}\n: c\n") == "a.yaml:1:3: expected a word as key");
    CHECK(error_of("~: c\n") == "a.yaml:1:1: expected a word as key");
    CHECK(error_of("a: !!int 5\n") ==
          "a.yaml:1:4: YAML tags are not supported: tag:yaml.org,2002:int");
    CHECK(error_of("a: !x [b]\n") == "a.yaml:1:4: YAML tags are not supported: !x");
    CHECK(error_of("a: &k [x]\n? *k\n: 1\n") == "a.yaml:1:4: expected a word as key");
}

TEST_CASE("a text without lines of its own has one place") {
    Diagnostics problems;
    const Node node = parse("{a: 1, a: 2}", "--set x", problems, Places::whole);
    CHECK(node.at.str() == "--set x");
    CHECK(node.find("a")->value.at.str() == "--set x");
    REQUIRE(problems.size() == 1);
    CHECK(problems.items()[0].str() == "--set x: a: given twice, first at --set x");
    CHECK_THAT(error_of("[", Places::whole), ContainsSubstring("a.yaml: not valid YAML: "));
    CHECK(error_of("\x01", Places::whole) == "a.yaml: not a text file: found a control character");
}
