#include "selns/module/provenance.hpp"
#include "support/catch.hpp"

#include <random>

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;

namespace {

Seen full() {
    Seen seen;
    seen.add_time(1795264381);
    seen.add_program("systemd-udevd");
    seen.add_program("(udev-worker)");
    seen.add_object("/proc/sys/kernel/x");
    seen.add_object("hostname");
    return seen;
}

const std::string full_line = "first seen 2026-11-21T12:33:01Z; by \"(udev-worker)\", "
                              "\"systemd-udevd\"; on \"/proc/sys/kernel/x\", \"hostname\"";

} // namespace

TEST_CASE("provenance is one comment line, which is read back") {
    CHECK(provenance_line(full(), Format::cil) == "; " + full_line);
    CHECK(provenance_line(full(), Format::te) == "# " + full_line);
    CHECK(parse_provenance("; " + full_line, Format::cil) == full());
    CHECK_FALSE(parse_provenance("; " + full_line, Format::te));
    CHECK(provenance_line({}, Format::cil).empty());
    Seen seen;
    seen.add_object("x");
    CHECK(provenance_line(seen, Format::cil) == "; on \"x\"");
    seen.add_time(0);
    CHECK(provenance_line(seen, Format::te) == "# first seen 1970-01-01T00:00:00Z; on \"x\"");
}

TEST_CASE("what is not exactly provenance is somebody's comment") {
    const std::string line =
        GENERATE(as<std::string>{}, "", "; ", "; first seen", "; first seen 2026-11-21T12:33:01",
                 "; first seen 2026-13-21T12:33:01Z", "; first seen 2026-02-30T12:33:01Z",
                 "; first seen 2026-11-21 12:33:01Z", "; first seen 2026-11-21T25:33:01Z",
                 ";first seen 2026-11-21T12:33:01Z", "; first seen 2026-11-21T12:33:01Z; ",
                 "; first seen 2026-11-21T12:33:01Z; x", "; by", "; by \"a\" ", "; by \"b\", \"a\"",
                 "; by \"a\", \"a\"", "; by \"a\",", "; by \"a", "; by a", "; by \"\\q\"",
                 "; by \"\\x4\"", "; by \"\\x41\"", "; by \"\\x0A\"",
                 "; by \"a\", \"b\", \"c\", \"d\"", "; on \"a\"; by \"b\"", "; by \"a\"; by \"b\"",
                 ";; by \"a\"", "; by \"a\" and others", "; by \"a\\\"");
    CHECK_FALSE(parse_provenance(line, Format::cil));
}

TEST_CASE("a name cannot end the comment or hide in it") {
    Seen seen;
    seen.add_program("a\"; on \"b\n(allow a b (c (p)))\\");
    seen.add_program("\xe2\x80\xae reversed \xff \x7f \xc2\x9b");
    seen.add_object("caf\xc3\xa9");
    const std::string line = provenance_line(seen, Format::cil);
    CHECK(line == "; by \"a\\\"; on \\\"b\\x0a(allow a b (c (p)))\\\\\", "
                  "\"\\xe2\\x80\\xae reversed \\xff \\x7f \\xc2\\x9b\"; on \"caf\xc3\xa9\"");
    CHECK(parse_provenance(line, Format::cil) == seen);
}

TEST_CASE("any bytes survive") {
    std::mt19937 random(5);
    for (int round = 0; round < 800; ++round) {
        Seen seen;
        if (random() % 2 == 0)
            seen.add_time(static_cast<std::int64_t>(random() * (random() % 64)));
        for (std::size_t n = random() % 5; n > 0; --n) {
            std::string name;
            for (std::size_t length = random() % 150; length > 0; --length)
                name += static_cast<char>(random() % 3 == 0 ? 0xe2 - random() % 2 : random());
            random() % 2 == 0 ? seen.add_program(name) : seen.add_object("/proc/1/task/" + name);
        }
        const Format format = random() % 2 == 0 ? Format::te : Format::cil;
        const std::string line = provenance_line(seen, format);
        if (line.empty())
            continue;
        REQUIRE(line.find_first_of("\n\r") == std::string::npos);
        REQUIRE(parse_provenance(line, format) == seen);
    }
}

TEST_CASE("long names are cut where a character ends") {
    Seen seen;
    seen.add_object(std::string(116, 'x') + "\xc3\xa9" + std::string(100, 'y'));
    seen.add_program(std::string(Seen::longest, 'p'));
    CHECK(*seen.objects.begin() == std::string(116, 'x') + "...");
    CHECK(*seen.programs.begin() == std::string(Seen::longest, 'p'));
    seen.add_time(-1);
    seen.add_time(std::int64_t{1} << 60U);
    CHECK_FALSE(seen.first);
}
