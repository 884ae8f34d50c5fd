#include "cmd/events.hpp"
#include "selns-build/progress/board.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace std::chrono_literals;
using progress::Event;
using progress::EventKind;

namespace {

// What a terminal shows: obeys \r, \n, "a line up" and both kinds of "erase", and fails on any
// other control character or sequence.
std::vector<std::string> screen(const std::string& text) {
    std::vector<std::string> lines(1);
    std::size_t row = 0;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 3, "\x1b[K") == 0 || text.compare(i, 3, "\x1b[J") == 0) {
            lines[row].resize(std::min(column, lines[row].size()));
            if (text[i + 2] == 'J')
                lines.resize(row + 1);
            i += 2;
        } else if (text.compare(i, 3, "\x1b[A") == 0) {
            REQUIRE(row > 0);
            --row;
            i += 2;
        } else if (text[i] == '\r') {
            column = 0;
        } else if (text[i] == '\n') {
            ++row;
            column = 0;
            lines.resize(std::max(lines.size(), row + 1));
        } else {
            REQUIRE(static_cast<unsigned char>(text[i]) >= 0x20);
            lines[row].resize(std::max(lines[row].size(), column + 1), ' ');
            lines[row][column++] = text[i];
        }
    }
    return lines;
}

Event event(EventKind kind, const std::string& text = {}, const std::string& step = {}) {
    Event result;
    result.kind = kind;
    result.step = step;
    result.text = text;
    return result;
}

struct Fixture {
    cmd::StringOutput output;
    test::FakeClock clock;
    cmd::Board board{output, {}, [] { return 60; }, [this] { return clock.now; }};

    void start(const std::string& name, const std::string& step, const std::string& text) {
        clock.pass(200ms);
        board.on(name, event(EventKind::started, text, step));
    }
    std::vector<std::string> lines() const { return screen(output.text()); }
};

} // namespace

TEST_CASE_METHOD(Fixture, "each build has a line below what was printed") {
    board.begin("web");
    board.begin("database");
    CHECK(lines() == std::vector<std::string>{""});
    start("web", "bootstrap", "Debian");
    start("database", "policy", "the base policy of a name that no window shows in a line");
    REQUIRE(lines().size() == 2);
    CHECK_THAT(lines()[0], ContainsSubstring("web       bootstrap: Debian"));
    CHECK_THAT(lines()[1], ContainsSubstring("database  policy: the base"));
    CHECK(lines()[1].size() <= 60);

    board.on("web", event(EventKind::warning, "odd \x1b[31m"));
    REQUIRE(lines().size() == 3);
    CHECK(lines()[0] == "! web: odd \\x1b[31m");

    cmd::StringOutput other;
    board.print(other, "summary\n");
    CHECK(other.text() == "summary\n");
    board.print(output, "one\ntwo\n");
    board.end("web");
    REQUIRE(lines().size() == 4);
    CHECK(lines()[1] == "one");
    CHECK(lines()[2] == "two");
    CHECK_THAT(lines()[3], ContainsSubstring("database"));
    board.end("database");
    CHECK(lines() == std::vector<std::string>{"! web: odd \\x1b[31m", "one", "two", ""});
}

TEST_CASE_METHOD(Fixture, "a board is redrawn ten times a second at most") {
    board.begin("web");
    start("web", "image", "web.tar");
    const std::size_t drawn = output.text().size();
    for (int i = 0; i < 100; ++i)
        board.on("web", event(EventKind::advanced, "", "image"));
    CHECK(output.text().size() == drawn);
    clock.pass(100ms);
    board.on("web", event(EventKind::advanced, "", "image"));
    CHECK(output.text().size() > drawn);
    board.on("gone", event(EventKind::started));
    CHECK(lines().size() == 1);
}
