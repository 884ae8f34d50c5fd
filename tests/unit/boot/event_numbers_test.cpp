#include "selns/boot/event_numbers.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using selns::boot::EventNumbers;

TEST_CASE("Numbers in any order, more than once") {
    std::vector<std::uint32_t> order = {1, 2, 3, 5, 6, 9};
    do {
        EventNumbers events;
        for (const std::uint32_t number : order) {
            events.add(number);
            events.add(number);
        }
        CHECK(events.missing() == 3); // 4, 7, 8
        for (const std::uint32_t number : {8U, 4U, 7U})
            events.add(number);
        CHECK(events.missing() == 0);
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("No number is none missing, and the last has no successor") {
    EventNumbers events;
    CHECK(events.missing() == 0);
    events.add(4'294'967'295U);
    events.add(0);
    CHECK(events.missing() == 4'294'967'294U);
    CHECK_FALSE(events.senseless());
}

TEST_CASE("Numbers that no kernel gives fill no memory") {
    EventNumbers events;
    for (std::uint32_t i = 0; i < 100'000; ++i)
        events.add(3 * i);
    CHECK(events.senseless());
}

TEST_CASE("The lines of a kernel and of a daemon") {
    using selns::boot::event_number;
    CHECK(event_number("audit: type=1400 audit(1795343295.390:4): avc:  denied  { read }") == 4);
    CHECK(event_number("type=AVC msg=audit(1795343295.390:5): avc:  denied  { read }") == 5);
    CHECK(event_number("node=web:8 type=SYSCALL msg=audit(1795343295.390:6): arch=c000003e") == 6);
    for (const char* line :
         {"type=DAEMON_START msg=audit(1.0:900): op=start", "audit: audit_lost=900",
          "a type=AVC msg=audit(1.0:900): x", "type=USER_AVC x msg=audit(1.0:900): x",
          "type=AVC msg=audit(1.0:900", "type=AVC msg=audit(1.0:99999999999): x", "node=web", "",
          "type=AVC", "audit: ", "audit: type=1 audit(:)"})
        CHECK_FALSE(event_number(line).has_value());
}
