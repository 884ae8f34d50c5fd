#include "recipe/support.hpp"
#include "selns/recipe/suggest.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>

using selns::test::compare_golden;
using selns::test::least;
using selns::test::problems_of;

// Each golden/NAME.yaml has the problems that golden/NAME.txt lists.
TEST_CASE("wrong recipes give all their problems at once") {
    for (const char* name : {"unknown_keys", "wrong_types", "impossible_values", "duplicate_keys",
                             "missing_keys", "contradictions"}) {
        const std::string golden = std::string("unit/recipe/golden/") + name;
        const auto text = selns::test::read_text(std::filesystem::path(SELNS_SOURCE_DIR) / "tests" /
                                                 (golden + ".yaml"));
        CHECK(compare_golden(golden + ".txt", problems_of(text) + "\n") == "");
    }
}

TEST_CASE("a problem reads as the design says") {
    const std::string text = "name: web\nfrom: { debian: { release: bookworm } }\nselinux:\n"
                             "  mode: enforce\n";
    CHECK(problems_of(text) == "web.yaml:4:9: selinux.mode: expected permissive or enforcing, got "
                               "\"enforce\" (did you mean enforcing?)");
}

TEST_CASE("a near miss has a suggestion") {
    const std::vector<std::string> words{"permissive", "enforcing", "mode", "memory"};
    using selns::recipe::suggest;
    CHECK(suggest("enforce", words) == " (did you mean enforcing?)");
    CHECK(suggest("Permisive", words) == " (did you mean permissive?)");
    CHECK(suggest("moed", words) == " (did you mean mode?)");
    CHECK(suggest("mem", words) == " (did you mean memory?)");
    CHECK(suggest("MODE", words) == " (did you mean mode?)");
    for (const char* word : {"", "x", "disabled", "pe", "boot"}) {
        CAPTURE(word);
        CHECK(suggest(word, words) == "");
    }
    CHECK(suggest(std::string(100'000, 'm'), words) == "");
}

TEST_CASE("a hash is not shown") {
    const std::string text = least + std::string("root_password: { hash: hunter2 }\n");
    CHECK(problems_of(text).find("hunter2") == std::string::npos);
    CHECK_THAT(problems_of(text), ContainsSubstring("root_password.hash: expected a crypt(5)"));
    const std::string number = least + std::string("root_password: { hash: 1234 }\n");
    CHECK(problems_of(number).find("1234") == std::string::npos);
}

TEST_CASE("problems without end are cut short") {
    std::string text = least;
    for (int i = 0; i < 5000; ++i)
        text += "k" + std::to_string(i) + ": x\n";
    const std::string problems = problems_of(text);
    CHECK(std::count(problems.begin(), problems.end(), '\n') == 100);
    CHECK_THAT(problems, ContainsSubstring("more than 100 problems:\n"));
}

TEST_CASE("a long value is shown in part") {
    const std::string problems =
        problems_of(least + std::string("hostname: ") + std::string(100'000, '_') + "\n");
    CHECK(problems.size() < 300);
}
