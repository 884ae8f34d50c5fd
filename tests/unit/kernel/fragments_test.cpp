#include "selns/base/error.hpp"
#include "selns/kernel/fragments.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::kernel;

namespace {

std::string refusal(const Config& wanted, const Config& result, const std::filesystem::path& tree) {
    try {
        check_survived(wanted, result, tree);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.message();
    }
}

} // namespace

TEST_CASE("a later fragment wins over an earlier one") {
    const Config merged =
        merge_fragments({{"a", "CONFIG_A=y\nCONFIG_B=y\n"}, {"b", "# CONFIG_A is not set\n"}});
    CHECK(value_of(merged, "CONFIG_A") == "n");
    CHECK(value_of(merged, "CONFIG_B") == "y");
    CHECK(merged_text("CONFIG_A=m\nCONFIG_Z=y\n", merged) ==
          "CONFIG_Z=y\n# CONFIG_A is not set\nCONFIG_B=y\n");
}

TEST_CASE("problems of all fragments are told at once") {
    try {
        merge_fragments({{"a.config", "x\n"}, {"b.config", "\ny\n"}});
        FAIL("no error");
    } catch (const Error& error) {
        CHECK_THAT(error.message(),
                   Catch::Contains("a.config:1: ") && Catch::Contains("b.config:2: "));
    }
}

TEST_CASE("a symbol that did not survive is named with its line and what became of it") {
    const test::TempDir dir;
    dir.write("Kconfig", "source \"net/Kconfig\"\nconfig KNOWN\n\tbool \"known\"\n");
    dir.write("net/Kconfig.deep", "menuconfig LOWERED\n\ttristate\n");
    const Config wanted = merge_fragments({{"f.config", "CONFIG_GOOD=y\nCONFIG_LOWERED=y\n"
                                                        "CONFIG_KNOWN=y\nCONFIG_ODD=y\n"
                                                        "# CONFIG_FORCED is not set\n"
                                                        "# CONFIG_ABSENT is not set\n"}});
    const Config result = merge_fragments({{"r", "CONFIG_GOOD=y\nCONFIG_LOWERED=m\n"
                                                 "CONFIG_FORCED=y\n"}});
    CHECK(refusal(wanted, result, dir.path()) ==
          "f.config:2: CONFIG_LOWERED=y: came out as m\n"
          "f.config:3: CONFIG_KNOWN=y: not set; something it depends on is not\n"
          "f.config:4: CONFIG_ODD=y: this source has no such symbol\n"
          "f.config:5: CONFIG_FORCED=n: came out as y");
    CHECK(refusal(wanted, wanted, dir.path()).empty());
}
