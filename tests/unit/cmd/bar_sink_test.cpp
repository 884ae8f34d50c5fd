#include "cmd/events.hpp"
#include "selns-build/progress/sinks.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

#include <string>

using namespace selns;
using namespace std::chrono_literals;

namespace {

std::string drawn(const cmd::Look& look, int width) {
    cmd::StringOutput output;
    test::FakeClock clock;
    {
        const auto sink = cmd::make_bar_sink(
            output, look, [=] { return width; }, [&] { return clock.now; });
        test::play_build(*sink, clock);
    }
    return output.text();
}

// Each drawing of a line on a line of its own, escape sequences readable.
std::string readable(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\r')
            result += "<CR>\n";
        else if (c == '\x1b')
            result += "<ESC>";
        else
            result += c;
    }
    return result;
}

// What a terminal shows in the end: obeys \r, \n and "erase to the end of the line", and fails on
// any other control character or sequence.
std::vector<std::string> bar_screen(const std::string& text) {
    std::vector<std::string> lines(1);
    std::size_t at = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string& line = lines.back();
        if (text.compare(i, 3, "\x1b[K") == 0) {
            line.resize(std::min(at, line.size()));
            i += 2;
        } else if (text[i] == '\r') {
            at = 0;
        } else if (text[i] == '\n') {
            lines.emplace_back();
            at = 0;
        } else {
            if (static_cast<unsigned char>(text[i]) < 0x20)
                FAIL("a control character");
            line.resize(std::max(line.size(), at + 1), ' ');
            line[at++] = text[i];
        }
    }
    return lines;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

} // namespace

TEST_CASE("the bar draws a build as it should look") {
    SECTION("in colour") {
        const auto text = drawn({.colour = true, .unicode = true, .width = 80}, 80);
        CHECK(test::compare_golden("unit/cmd/golden/bar-colour.txt", readable(text)).empty());
    }
    SECTION("in ASCII") {
        const auto text = drawn({}, 80);
        CHECK(test::compare_golden("unit/cmd/golden/bar-ascii.txt", readable(text)).empty());
    }
}

TEST_CASE("the bar leaves a clean screen") {
    const auto lines = bar_screen(drawn({}, 80));
    REQUIRE(lines.size() == 7);
    CHECK_THAT(lines[0], ContainsSubstring("172 packages, 244 MiB"));
    CHECK_THAT(lines[1], ContainsSubstring("does not exist yet"));
    CHECK(lines[2].starts_with("! boolean"));
    CHECK_THAT(lines[4], ContainsSubstring("cached"));
    CHECK(lines[5].starts_with("x image"));
    CHECK(lines[6].empty());
}

TEST_CASE("the bar clears its line when a step never ends") {
    cmd::StringOutput output;
    {
        const auto sink = cmd::make_bar_sink(
            output, {}, [] { return 80; }, [] { return std::chrono::steady_clock::now(); });
        progress::Event event;
        event.kind = progress::EventKind::started;
        event.step = "tree";
        sink->on(event);
    }
    CHECK(bar_screen(output.text()) == std::vector<std::string>{""});
}

TEST_CASE("no line of the bar is wider than the window") {
    for (int width = 40; width <= 120; ++width)
        for (const std::string& line : bar_screen(drawn({}, width)))
            if (cmd::columns(line) >= width)
                FAIL(width << " columns: " << line);
}

TEST_CASE("the bar works in windows of any width") {
    for (int width = 1; width < 40; ++width)
        CHECK(bar_screen(drawn({.unicode = true}, width)).back().empty());
}

TEST_CASE("the bar redraws at most ten times a second") {
    cmd::StringOutput output;
    test::FakeClock clock;
    const auto sink = cmd::make_bar_sink(
        output, {}, [] { return 80; }, [&] { return clock.now; });
    progress::Event event;
    event.kind = progress::EventKind::started;
    event.step = "label";
    sink->on(event);
    event.kind = progress::EventKind::advanced;
    for (int i = 0; i < 2000; ++i) { // two seconds
        clock.pass(1ms);
        event.done = static_cast<std::uint64_t>(i);
        sink->on(event);
    }
    CHECK(count(output.text(), "\x1b[K") >= 15);
    CHECK(count(output.text(), "\x1b[K") <= 21);
}
