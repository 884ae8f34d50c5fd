#include "selns/selinux/cil.hpp"
#include "support/catch.hpp"

using selns::Error;
using selns::ErrorKind;
using selns::selinux::CilNode;
using selns::selinux::parse_cil;

namespace {

// "2: message" of the Error that TEXT gives, or "ok".
std::string failure(const std::string& text) {
    try {
        parse_cil(text, "m.cil");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location().file == "m.cil");
        return std::to_string(error.location().line) + ": " + error.message();
    }
    return "ok";
}

std::string nested(std::size_t depth) {
    return std::string(depth, '(') + std::string(depth, ')');
}

} // namespace

TEST_CASE("CIL statements keep their places") {
    const std::string text = "; a comment (not a list)\n"
                             "(type a_t)\n"
                             "(allow a_t self\n"
                             "    (file (read write)))(filecon \"/a b\" any ())\n";
    const auto statements = parse_cil(text, "m.cil");
    REQUIRE(statements.size() == 3);

    CHECK(statements[0].keyword() == "type");
    CHECK(statements[0].line == 2);
    CHECK(text.substr(statements[0].begin, statements[0].end - statements[0].begin) ==
          "(type a_t)");

    const CilNode& allow = statements[1];
    CHECK(allow.keyword() == "allow");
    REQUIRE(allow.items.size() == 4);
    CHECK(allow.line == 3);
    CHECK(allow.items[2].text == "self");
    CHECK(allow.items[3].line == 4);
    CHECK(allow.items[3].keyword() == "file");
    CHECK(allow.items[3].items[1].items[1].text == "write");

    const CilNode& filecon = statements[2];
    CHECK(filecon.begin == allow.end);
    CHECK(filecon.items[1].kind == CilNode::Kind::string);
    CHECK(filecon.items[1].text == "/a b");
    CHECK(filecon.items[3].is_list());
    CHECK(filecon.items[3].items.empty());
    CHECK(filecon.items[3].keyword().empty());
}

TEST_CASE("CIL without statements") {
    CHECK(parse_cil("", "m.cil").empty());
    CHECK(parse_cil(" \t\r\n; (comment", "m.cil").empty());
    CHECK(parse_cil("()", "m.cil").at(0).items.empty());
}

TEST_CASE("CIL that is none is an error with its line") {
    CHECK_THAT(failure("(type a)\n(allow (b)"), ContainsSubstring("2: this parenthesis"));
    CHECK_THAT(failure("(a\n(b\n"), ContainsSubstring("2: this parenthesis"));
    CHECK_THAT(failure("(type a)\n)"), ContainsSubstring("2: a closing parenthesis"));
    CHECK_THAT(failure("\n\n(filecon \"/a\nb\")"), ContainsSubstring("3: a quoted string"));
    CHECK_THAT(failure("(a \"b)"), ContainsSubstring("1: a quoted string"));
    CHECK_THAT(failure("module foo 1.0;\n"), ContainsSubstring("1: \"module\" stands outside"));
    CHECK_THAT(failure("\"text\""), ContainsSubstring("1: \"text\" stands outside"));
    CHECK_THAT(failure(std::string("(a)\n(b \0 c)", 11)), ContainsSubstring("2: \"\\x00\""));
    CHECK_THAT(failure("(caf\xc3\xa9)"),
               ContainsSubstring("1: \"\\xC3\"") || ContainsSubstring("1: \"\\xc3\""));
    CHECK_THAT(failure("\xef\xbb\xbf(type a)"), ContainsSubstring("cannot stand here"));
    CHECK_THAT(failure("(a \\ b)"), ContainsSubstring("cannot stand here"));
}

// libsepol ends a comment at a carriage return, so the rule in this one would be in force though
// no editor shows it.
TEST_CASE("a carriage return ends a line only before a line feed") {
    CHECK(failure("(type a)\r\n; comment\r\n(type b)\r\n") == "ok");
    CHECK(parse_cil("(a)\r\n\r\n(b)", "m.cil").at(1).line == 3);
    CHECK_THAT(failure("; comment \r(allow a b (c (d)))\n"),
               ContainsSubstring("1: a carriage return"));
    CHECK_THAT(failure("(a)\r(b)"), ContainsSubstring("1: a carriage return"));
    CHECK_THAT(failure("(a)\r"), ContainsSubstring("1: a carriage return"));
    CHECK_THAT(failure("(a \"b\rc\")"), ContainsSubstring("1: a quoted string"));
}

TEST_CASE("CIL is nested as deep as libsepol takes it") {
    CHECK(failure(nested(4096)) == "ok");
    CHECK_THAT(failure("\n" + nested(4097)), ContainsSubstring("2: lists are nested deeper"));
    CHECK_THAT(failure(std::string(1'000'000, '(')), ContainsSubstring("nested deeper"));
}
