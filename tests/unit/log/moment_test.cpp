#include "selns/log/moment.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

using namespace selns::log;

namespace {

// The time zone of this process, as long as the object lives.
class Zone {
  public:
    explicit Zone(const char* name) {
        if (const char* before = std::getenv("TZ"))
            before_ = before;
        set(name);
    }
    ~Zone() { set(before_ ? before_->c_str() : nullptr); }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

  private:
    static void set(const char* name) {
        name == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", name, 1);
        ::tzset();
    }
    std::optional<std::string> before_;
};

constexpr Milliseconds ten = 1795255200000; // 2026-11-21T10:00:00Z

} // namespace

TEST_CASE("events") {
    const Zone zone("UTC");
    CHECK(parse_event("1795255200.123:45") == Event{ten + 123, 45});
    CHECK(parse_event("1795255200.1:45") == Event{ten + 100, 45});
    CHECK(parse_event("11/21/2026 10:00:00.123:45") == Event{ten + 123, 45});
    CHECK(parse_event("11/21/26 10:00:00.123:45") == Event{ten + 123, 45});
    CHECK(parse_event("21.11.2026 10:00:00.123:45") == Event{ten + 123, 45});
    CHECK(parse_event("2026-11-21 10:00:00.123:45") == Event{ten + 123, 45});
    // A date that cannot be read leaves the serial.
    CHECK(parse_event("21/11/2026 10:00:00.123:45") == Event{0, 45});
    CHECK(parse_event("Sat Nov 21 10:00:00:45") == Event{0, 45});
    for (const std::string bad : {"", ":", "1.2", "1:2", "a.b:c", "1795255200.1234:5", "1.1:-1",
                                  "1.1:4294967296", "4294967296.000:1", "1.2:3 "})
        CHECK_FALSE(parse_event(bad));
}

TEST_CASE("dates of ausearch are of this machine's time zone") {
    const Zone zone("Europe/Berlin");
    CHECK(parse_event("21.11.2026 11:00:00.000:1") == Event{ten, 1});
    CHECK(parse_event("21.07.2026 12:00:00.000:1") == Event{1784628000000, 1});
}

TEST_CASE("ISO times") {
    const Zone zone("Europe/Berlin");
    for (const std::string text :
         {"2026-11-21T10:00:00Z", "2026-11-21 10:00Z", "2026-11-21T11:00:00+01:00",
          "2026-11-21T11:00:00+0100", "2026-11-21T11:00:00+01", "2026-11-21T04:30:00-05:30",
          "2026-11-21 11:00", "2026-11-21 11:00:00", "2026-11-21T11:00:00 +01:00"}) {
        INFO(text);
        CHECK(parse_iso_time(text) == ten);
    }
    CHECK(parse_iso_time("2026-11-21") == ten - 11 * 3'600'000);
    CHECK(parse_iso_time("2026-11-21T10:00:00.123456Z") == ten + 123);
    CHECK(parse_iso_time("2026-11-21T10:00:00,5Z") == ten + 500);
    CHECK(parse_iso_time("2024-02-29T00:00Z"));
    for (const std::string bad :
         {"", "2026", "2026-11", "2026-13-01", "2026-02-30", "2026-11-21T", "2026-11-21T10",
          "2026-11-21T25:00", "2026-11-21T10:60", "2026-11-21T10:00X", "2026-11-21T10:00+",
          "2026-11-21T10:00+1", "26-11-21", "2026-11-21T10:00:00.", "1969-01-01T00:00Z",
          "2026-11-21x", "2026-11-21T10:00Zx", "999999999999-01-01"}) {
        INFO(bad);
        CHECK_FALSE(parse_iso_time(bad));
    }
}

TEST_CASE("what users write") {
    const Zone zone("UTC");
    const Milliseconds now = ten + 1234;
    CHECK(parse_moment("now", now) == now);
    CHECK(parse_moment("today", now) == ten - 10 * 3'600'000);
    CHECK(parse_moment("yesterday", now) == ten - 34 * 3'600'000);
    CHECK(parse_moment("@1700000000", now) == 1700000000000);
    CHECK(parse_moment("@1700000000.5", now) == 1700000000500);
    CHECK(parse_moment("-2h", now) == now - 7'200'000);
    CHECK(parse_moment("2h ago", now) == now - 7'200'000);
    CHECK(parse_moment(" 90 minutes ago ", now) == now - 5'400'000);
    CHECK(parse_moment("1 week ago", now) == now - 604'800'000);
    CHECK(parse_moment("-30s", now) == now - 30'000);
    CHECK(parse_moment("2026-11-21 10:00", now) == ten);
    for (const std::string bad : {"", "-", "ago", " ago", "2h", "-2", "-2 fortnights", "@", "@-1",
                                  "@x", "tomorrow", "--2h", "-9999999h"}) {
        INFO(bad);
        CHECK_FALSE(parse_moment(bad, now));
    }
}

TEST_CASE("days begin at midnight of the time zone, also when the clock is changed") {
    const Zone zone("Europe/Berlin");
    const Milliseconds noon = 1774778400000; // 2026-03-29T10:00:00Z, the day of the change
    CHECK(parse_moment("today", noon) == parse_iso_time("2026-03-29T00:00+01:00"));
    CHECK(parse_moment("yesterday", noon) == parse_iso_time("2026-03-28T00:00+01:00"));
}

TEST_CASE("what stands before the lines of logs") {
    ::setenv("TZ", "Europe/Berlin", 1);
    ::tzset();
    CHECK(parse_stamp("2023-11-14T22:13:20+00:00") == 1700000000000);
    CHECK(parse_stamp("2023-11-14T22:13:20.123456789Z") == 1700000000123);
    CHECK(parse_stamp("1700000000.123456") == 1700000000123);
    CHECK(parse_stamp("Tue 2023-11-14 22:13:20 UTC") == 1700000000000);
    CHECK(parse_stamp("Tue 2023-11-14 22:13:20.123456 UTC") == 1700000000123);
    CHECK(parse_stamp("Tue 2023-11-14 23:13:20 CET") == 1700000000000);
    CHECK(parse_stamp("Tue 2023-11-14 23:13:20 +01") == 1700000000000);
    CHECK(parse_stamp("Tue Nov 14 23:13:20 2023") == 1700000000000);
    CHECK(parse_stamp("Tue Aug  1 10:00:00 2023") == 1690876800000);
    for (const std::string text :
         {"", " ", "Tue", "Tue ", "12345.678", "Nov 14 22:13:20", "Tue Nov 14",
          "Tue 2023-11-14 22:13:20 XYZ", "1700000000", "Tue Xxx 14 1:2:3 2023"})
        CHECK_FALSE(parse_stamp(text));
    ::setenv("TZ", "UTC", 1);
    ::tzset();
}
