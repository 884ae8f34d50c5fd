#include "selns-build/render/summary.hpp"
#include "selns/base/text.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

#include <nlohmann/json.hpp>

using namespace selns;
using namespace std::chrono_literals;

namespace {

pipeline::Result sample_result() {
    pipeline::Result result;
    result.name = "web";
    result.output = "/home/me/build/web";
    result.artifacts = {{"tar", "/home/me/build/web/web.tar", 255772160},
                        {"ext4", "/home/me/build/web/web.ext4", 641728512},
                        {"module", "/home/me/build/web/selinuxns.cil", 4321},
                        {"manifest", "/srv/web.manifest.json", 90000}};
    result.packages = 172;
    result.files = 12441;
    result.label_types = 613;
    result.policy = "default, version 33, permissive";
    result.local_rules = 83;
    result.warnings = {"/srv/www/cgi-bin: no specification matches, and the recipe only warns of "
                       "that, so that it stays unlabeled",
                       "/opt/a\x1b[2J: <<none>>"};
    result.next = {"selns-build show build/web",
                   "systemd-nspawn --selinux-namespace -i build/web/web.ext4 --boot"};
    result.elapsed = 72400ms;
    return result;
}

pipeline::DenialSummary sample_denials() {
    pipeline::DenialSummary denials;
    denials.records = 1204;
    denials.malformed = 1;
    denials.verdicts = {
        {"unlabeled", 3}, {"unknown type", 2}, {"already allowed", 36}, {"allow", 79}};
    for (int i = 0; i < 23; ++i)
        denials.added.push_back("(allow systemd_tmpfiles_t type" + std::to_string(i) +
                                "_t (dir (add_name create getattr open read search setattr)))");
    denials.refused = {"foo_t (unknown type), logs/web.log:12",
                       "bar\x1b[31m_t (unknown type), logs/web.log:13"};
    denials.module = "/home/me/policy/selinuxns.cil";
    denials.updated = true;
    return denials;
}

std::string text_of(const pipeline::Result& result) {
    return cmd::summary_text(result, {.terminal = true, .unicode = true}, "/home/me");
}

} // namespace

TEST_CASE("the summary of a build") {
    auto result = sample_result();
    result.denials = sample_denials();
    const auto text = text_of(result);
    CHECK(test::compare_golden("unit/cmd/golden/summary.txt", text).empty());
    for (const auto line : split(text, '\n'))
        CHECK(cmd::columns(line) <= 80);
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("the summary of a build without logs") {
    auto result = sample_result();
    result.local_rules = 0;
    result.warnings.clear();
    const auto text = text_of(result);
    CHECK(test::compare_golden("unit/cmd/golden/summary-plain.txt", text).empty());
}

TEST_CASE("the summary of a build that had nothing to do") {
    auto result = sample_result();
    result.up_to_date = true;
    result.warnings.clear();
    const auto text = text_of(result);
    CHECK(test::compare_golden("unit/cmd/golden/summary-up-to-date.txt", text).empty());
}

TEST_CASE("the summary as JSON has everything") {
    auto result = sample_result();
    result.denials = sample_denials();
    const auto text = cmd::summary_json(result);
    CHECK(text.find('\n') == text.size() - 1);
    const auto json = nlohmann::json::parse(text);
    CHECK(json.at("event") == "built");
    CHECK(json.at("artifacts").size() == 4);
    CHECK(json.at("artifacts")[0].at("path") == "/home/me/build/web/web.tar");
    CHECK(json.at("denials").at("verdicts").at("allow") == 79);
    CHECK(json.at("denials").at("added").size() == 23);
    CHECK(json.at("warnings")[1] == "/opt/a\x1b[2J: <<none>>");
    CHECK(json.at("elapsed_ms") == 72400);
    result.denials.reset();
    CHECK_FALSE(nlohmann::json::parse(cmd::summary_json(result)).contains("denials"));
}
