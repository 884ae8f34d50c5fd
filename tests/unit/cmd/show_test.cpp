#include "selns-build/render/show.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <random>

using namespace selns;
using Json = nlohmann::json;

namespace {

Json sample_manifest() {
    Json manifest = Json::parse(
        test::read_text(std::string(SELNS_SOURCE_DIR) + "/tests/unit/cmd/data/manifest.json"));
    for (int i = 0; i < 30; ++i) {
        const std::string number = std::to_string(i);
        manifest["packages"].push_back(
            {{"name", "package" + number}, {"version", "1." + number}, {"architecture", "amd64"}});
        manifest["labels"]["by_type"]["type" + number + "_t"] = i * i * 13;
        manifest["local_module"]["rules"].push_back("(allow init_t type" + number +
                                                    "_t (file (read)))");
    }
    return manifest;
}

} // namespace

TEST_CASE("show prints the facts about an image") {
    const auto text = cmd::show_text(sample_manifest().dump(), false, {.terminal = true});
    CHECK(test::compare_golden("unit/cmd/golden/show.txt", text).empty());
    for (const auto line : split(text, '\n'))
        CHECK(cmd::columns(line) <= 80);
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("show --all leaves nothing out") {
    const auto text = cmd::show_text(sample_manifest().dump(), true, {});
    CHECK_THAT(text, !ContainsSubstring(" more"));
    for (const char* line :
         {"package29 1.29 amd64", "(allow init_t type29_t (file (read)))", "  type0_t\n"})
        CHECK_THAT(text, ContainsSubstring(line));
}

TEST_CASE("show cuts long lines on a terminal only") {
    Json manifest = sample_manifest();
    const std::string rule = "(allow init_t " + std::string(200, 'x') + "_t (file (read)))";
    manifest["local_module"]["rules"][0] = rule;
    const auto shown = [&](bool all, const cmd::Look& look) {
        return cmd::show_text(manifest.dump(), all, look);
    };
    CHECK_THAT(shown(false, {}), ContainsSubstring(rule + "\n"));
    CHECK_THAT(shown(false, {.terminal = true}), ContainsSubstring("xxx...\n"));
    CHECK_THAT(shown(true, {.terminal = true}), !ContainsSubstring("xxx...\n"));
}

TEST_CASE("show makes do with what a manifest has") {
    CHECK(cmd::show_text("{}", false, {}) == "image\n");
    CHECK_THROWS_AS(cmd::show_text("", false, {}), Error);
    CHECK_THROWS_AS(cmd::show_text("[]", false, {}), Error);
    CHECK_THROWS_AS(cmd::show_text("{\"name\": ", false, {}), Error);
}

TEST_CASE("show takes any value anywhere") {
    const std::vector<Json> odd{nullptr,
                                true,
                                -1,
                                1e300,
                                "\x1b[2J\n",
                                Json::array({1, Json()}),
                                Json::object({{"a", Json::array()}, {"name", 1}})};
    std::mt19937 random(2);
    const Json flat = sample_manifest().flatten();
    std::vector<std::string> places;
    for (const auto& item : flat.items())
        places.push_back(item.key());
    for (int round = 0; round < 400; ++round) {
        Json manifest = sample_manifest();
        for (int change = 0; change < 3; ++change) {
            // Some level of a known place, so that whole sections are hit as well.
            Json::json_pointer place(places[random() % places.size()]);
            while (random() % 2 == 0 && !place.parent_pointer().empty())
                place = place.parent_pointer();
            if (manifest.contains(place))
                manifest[place] = odd[random() % odd.size()];
        }
        const auto text = cmd::show_text(manifest.dump(), round % 2 == 0, {});
        CHECK(text.find('\x1b') == std::string::npos);
    }
}
