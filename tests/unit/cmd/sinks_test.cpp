#include "cmd/events.hpp"
#include "selns-build/progress/amount.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns/base/text.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

#include <nlohmann/json.hpp>

using namespace selns;

TEST_CASE("plain progress is a few quiet lines") {
    cmd::StringOutput output;
    test::FakeClock clock;
    const auto sink = cmd::make_plain_sink(output, {}, [&] { return clock.now; });
    test::play_build(*sink, clock);
    CHECK(test::compare_golden("unit/cmd/golden/plain.txt", output.text()).empty());
}

TEST_CASE("json progress is one object a line") {
    cmd::StringOutput output;
    test::FakeClock clock;
    const auto sink = cmd::make_json_sink(output);
    test::play_build(*sink, clock);
    CHECK(test::compare_golden("unit/cmd/golden/events.jsonl", output.text()).empty());
    std::size_t events = 0;
    for (const auto line : split(trim(output.text()), '\n')) {
        const auto event = nlohmann::json::parse(line);
        CHECK(event.at("event").is_string());
        ++events;
    }
    CHECK(events == 13);
}

TEST_CASE("progress of one recipe among several") {
    test::FakeClock clock;
    cmd::StringOutput plain;
    const auto said = cmd::make_plain_sink(
        plain, {}, [&] { return clock.now; }, "web");
    test::play_build(*said, clock);
    for (const auto line : split(trim(plain.text()), '\n'))
        CHECK(line.starts_with("web: "));
    cmd::StringOutput json;
    const auto sink = cmd::make_json_sink(json, "web");
    test::play_build(*sink, clock);
    cmd::StringOutput again;
    const auto second = cmd::make_json_sink(again, "web");
    for (const auto line : split(trim(json.text()), '\n')) {
        CHECK(nlohmann::json::parse(line).at("recipe") == "web");
        const auto event = cmd::event_from_json(line);
        REQUIRE(event);
        second->on(*event);
    }
    CHECK(again.text() == json.text());
    for (const char* line : {"", "web.yaml:2:1: foo", "{", "[1]", "{\"event\": \"error\"}",
                             "{\"event\": 1}", "{\"event\": \"note\", \"text\": 1}"})
        CHECK_FALSE(cmd::event_from_json(line));
}

TEST_CASE("json progress takes text that is not UTF-8") {
    cmd::StringOutput output;
    cmd::make_json_sink(output)->note("caf\xe9 \xc2\x9b");
    const auto event = nlohmann::json::parse(output.text());
    CHECK(event.at("text") == "caf\xef\xbf\xbd \xc2\x9b");
    // The C1 control character leaves escaped.
    CHECK(output.text().find('\xc2') == std::string::npos);
}

TEST_CASE("amounts") {
    const auto amount = [](std::uint64_t done, std::uint64_t total, const char* unit) {
        progress::Event event;
        event.done = done;
        event.total = total;
        event.unit = unit;
        return cmd::amount_of(event);
    };
    CHECK(amount(0, 0, "files").empty());
    CHECK(amount(12441, 0, "files") == "12,441 files");
    CHECK(amount(20, 172, "packages") == "20 of 172 packages");
    CHECK(amount(150U << 20U, 244U << 20U, "bytes") == "150 of 244 MiB");
    CHECK(amount(150U << 10U, 244U << 20U, "bytes") == "150 KiB of 244 MiB");
    CHECK(amount(0, 5, "") == "0 of 5");
}
