// The rendered unit against systemd's own parser.
#include "selns/launch/unit_text.hpp"
#include "selns/process/process.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/launch/inputs.hpp"

#include <filesystem>

using namespace selns::launch;
using namespace selns::launch::test;

namespace {

// What systemd-analyze verify says of UNIT, by lines; nothing when it is not installed.
std::optional<std::vector<std::string>> verify(const std::filesystem::path& unit) {
    const selns::Interrupt never;
    selns::process::SystemRunner runner(never);
    if (!runner.find("systemd-analyze"))
        return std::nullopt;
    std::vector<std::string> lines;
    selns::process::Command command;
    command.argv = {"systemd-analyze", "verify", "--man=no", unit.string()};
    command.on_error_line = [&](std::string_view line) { lines.emplace_back(line); };
    command.timeout = std::chrono::seconds(60);
    runner.run(command);
    return lines;
}

// Complaints about UNIT itself, but for a launcher that is not installed.
std::vector<std::string> complaints(const std::vector<std::string>& lines,
                                    const std::string& unit) {
    std::vector<std::string> result;
    for (const auto& line : lines)
        if (line.find(unit) != std::string::npos &&
            line.find("systemd-nspawn is not executable") == std::string::npos &&
            line.find("selns-run is not executable") == std::string::npos)
            result.push_back(line);
    return result;
}

} // namespace

TEST_CASE("systemd takes the units") {
    const selns::test::TempDir directory;
    const std::string name = GENERATE("web.service", "selns@web.service");
    for (const std::string path : {"/srv/images", "/srv/50% $HOME \"x\" \\y 'z'; {{é}}"}) {
        auto inputs = ordinary();
        inputs.directory = path;
        const auto unit = directory.write(name, content_of(inputs, name));
        const auto lines = verify(unit);
        if (!lines) {
            WARN("skipped: systemd-analyze is not installed");
            return;
        }
        CHECK(complaints(*lines, name).empty());
    }
}

TEST_CASE("systemd reads a quoted word as it was meant") {
    const selns::test::TempDir directory;
    // It refuses a program of such a name, and says what it read.
    const std::string path = "/srv/50% %n \"x\" \\\\y 'z'; é {{run}}";
    const auto unit =
        directory.write("word.service", "[Service]\nExecStart=" + unit_word(path) + "\n");
    const auto lines = verify(unit);
    if (!lines) {
        WARN("skipped: systemd-analyze is not installed");
        return;
    }
    REQUIRE_FALSE(lines->empty());
    CHECK(lines->front().ends_with("special characters: " + path));
}
