#include "cmd/session.hpp"
#include "selns-build/failure.hpp"
#include "selns/base/diagnostics.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

using namespace selns;

TEST_CASE("an error with a place starts with it") {
    const Error error = Error(ErrorKind::invalid_input, "selinux.mode: expected permissive")
                            .at({"web.yaml", 7, 12})
                            .hint("first\n\nsecond");
    CHECK(cmd::error_text(error, {}) ==
          "web.yaml:7:12: selinux.mode: expected permissive\n  first\n\n  second\n");
    CHECK(cmd::error_text(error, {.colour = true})
              .starts_with("\x1b[1;31mweb.yaml:7:12\x1b[0m: selinux.mode"));
}

TEST_CASE("an error without a place starts with the program") {
    const Error error(ErrorKind::failed, "no space left");
    CHECK(cmd::error_text(error, {}) == "selns-build: no space left\n");
    CHECK(cmd::error_text(error, {.colour = true}) ==
          "\x1b[1;31mselns-build\x1b[0m: no space left\n");
    CHECK(cmd::error_text(Error(ErrorKind::failed, ""), {}) == "selns-build: failed\n");
}

TEST_CASE("several findings keep their places") {
    Diagnostics findings;
    findings.add({"my recipe.yaml", 2, 1}, "b: wrong");
    findings.add({"my recipe.yaml", 1, 1}, "a: wrong");
    std::string text;
    try {
        findings.throw_if_any();
    } catch (const Error& error) {
        text = cmd::error_text(error, {});
    }
    CHECK(text == "my recipe.yaml:1:1: a: wrong\nmy recipe.yaml:2:1: b: wrong\n");
}

TEST_CASE("hostile text in an error cannot reach the terminal") {
    const Error error = Error(ErrorKind::failed, "bad \x1b]0;x\x07 name\rselns-build: fine")
                            .at({"a\x1b[2J.yaml", 1, 0})
                            .hint("\x9b\\");
    const std::string text = cmd::error_text(error, {});
    CHECK(std::none_of(text.begin(), text.end(),
                       [](unsigned char c) { return c != '\n' && (c < 0x20 || c == 0x7f); }));
    CHECK_THAT(text, ContainsSubstring("\n  \\x9b\\\n"));
}

TEST_CASE("errors as JSON") {
    const auto full = nlohmann::json::parse(
        cmd::error_json(Error(ErrorKind::tool_failed, "m").at({"f", 1, 2}).hint("h")));
    CHECK(full == nlohmann::json{{"event", "error"},
                                 {"status", 4},
                                 {"file", "f"},
                                 {"line", 1},
                                 {"column", 2},
                                 {"message", "m"},
                                 {"hint", "h"}});
    const auto bare = nlohmann::json::parse(cmd::error_json(Error(ErrorKind::failed, "\xff")));
    CHECK(bare.size() == 3);
}

TEST_CASE("each kind of failure has its exit status") {
    test::TestSession test;
    const auto status = [&](auto&& thrown) {
        return cmd::guarded(test.session, "", [&]() -> int { throw thrown; });
    };
    CHECK(cmd::guarded(test.session, "", [] { return 7; }) == 7);
    CHECK(status(Error(ErrorKind::failed, "x")) == 1);
    CHECK(status(Error(ErrorKind::usage, "x")) == 2);
    CHECK(status(Error(ErrorKind::invalid_input, "x")) == 3);
    CHECK(status(Error(ErrorKind::tool_failed, "x")) == 4);
    CHECK(status(Error(ErrorKind::interrupted, "x")) == 130);
    CHECK(status(std::runtime_error("x")) == 1);
    CHECK(status(std::bad_alloc()) == 1);
    CHECK_THAT(test.err.text(), ContainsSubstring("out of memory"));
}

TEST_CASE("a failure without a place says in which input it happened") {
    test::TestSession test;
    cmd::guarded(test.session, "web.yaml",
                 []() -> int { throw Error(ErrorKind::tool_failed, "mmdebstrap failed"); });
    cmd::guarded(test.session, "web.yaml", []() -> int {
        throw Error(ErrorKind::invalid_input, "no such type").at({"app.cil", 3, 1});
    });
    CHECK(test.err.text() ==
          "selns-build: web.yaml: mmdebstrap failed\napp.cil:3:1: no such type\n");
}

TEST_CASE("what std::filesystem throws is told as all else") {
    test::TestSession test;
    const int status = cmd::guarded(test.session, "web.yaml", []() -> int {
        return static_cast<int>(std::filesystem::file_size("/nonexistent/file"));
    });
    CHECK(status == 1);
    CHECK(test.err.text() == "selns-build: web.yaml: cannot use /nonexistent/file: No such file or "
                             "directory\n");
}
