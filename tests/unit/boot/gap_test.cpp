#include "selns/boot/gap.hpp"
#include "support/catch.hpp"

using namespace selns::boot;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Run stopped() {
    Run run;
    run.end = End::stopped;
    run.clean = true;
    run.seen.stop_asked = milliseconds(20'000);
    run.elapsed = milliseconds(30'000);
    return run;
}

std::string only_reason(const Run& run) {
    const auto gaps = gaps_of(run, seconds(300));
    REQUIRE(gaps.size() == 1);
    CHECK_FALSE(gaps.front().advice.empty());
    return gaps.front().reason;
}

} // namespace

TEST_CASE("A machine that was seen to its end has no gap") {
    CHECK(gaps_of(stopped(), seconds(300)).empty());
    CHECK_FALSE(gap_of(EventNumbers()).has_value());
}

TEST_CASE("A machine that was not seen to its end") {
    Run run = stopped();
    run.clean = false;
    SECTION("reset") {
        CHECK_THAT(only_reason(run), ContainsSubstring("the kernel's last words are missing"));
    }
    SECTION("too slow") {
        run.elapsed = milliseconds(320'000);
        CHECK_THAT(only_reason(run), ContainsSubstring("not shut down 300 s after"));
    }
    SECTION("killed") {
        run.crash = "QEMU failed (exit status 137)";
        CHECK(only_reason(run) == "QEMU failed (exit status 137) before the machine had shut down");
    }
    SECTION("ended") {
        run.end = End::time_limit;
        CHECK(only_reason(run) == "the machine was ended before it had shut down");
    }
}

TEST_CASE("What the kernel lost") {
    Run run = stopped();
    run.seen.dropped = 1234;
    CHECK_THAT(only_reason(run), ContainsSubstring("1,234"));
    EventNumbers events;
    for (const std::uint32_t number : {1U, 2U, 5U})
        events.add(number);
    const auto gap = gap_of(events);
    REQUIRE(gap.has_value());
    CHECK(gap->reason == "audit events that are in no log, by the kernel's numbers: 2");
}
