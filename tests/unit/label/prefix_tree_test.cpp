#include "selns/label/prefix_tree.hpp"
#include "support/catch.hpp"
#include "unit/label/generate.hpp"

#include <algorithm>

using selns::label::PrefixTree;

namespace {

// The keys that TEXT starts with, as the tree says and as asking each says.
std::vector<std::string> walked(const std::vector<std::string_view>& keys, std::string_view text) {
    std::vector<std::string> result;
    PrefixTree(keys).walk(text, [&](std::size_t length, std::uint32_t first, std::uint32_t last) {
        for (auto i = first; i < last; ++i) {
            CHECK(keys[i].size() == length);
            result.emplace_back(keys[i]);
        }
    });
    return result;
}

std::vector<std::string> asked(const std::vector<std::string_view>& keys, std::string_view text) {
    std::vector<std::string> result;
    for (const auto key : keys)
        if (text.starts_with(key))
            result.emplace_back(key);
    return result;
}

} // namespace

TEST_CASE("A prefix tree finds the keys that a text starts with, the shortest first") {
    const std::vector<std::string_view> keys = {"",     "/",     "/a", "/a",
                                                "/a/b", "/a/bc", "/b", "x\xff"};
    using Strings = std::vector<std::string>;
    CHECK(walked(keys, "/a/bcd") == Strings{"", "/", "/a", "/a", "/a/b", "/a/bc"});
    CHECK(walked(keys, "/a/") == Strings{"", "/", "/a", "/a"});
    CHECK(walked(keys, "x\xff") == Strings{"", "x\xff"});
    CHECK(walked(keys, "") == Strings{""});
    CHECK(walked({}, "/a").empty());
    CHECK(walked({"/only"}, "/onl").empty());
}

TEST_CASE("A prefix tree of random keys") {
    selns::label::test::Random random(5);
    const auto word = [&](std::size_t most) {
        std::string text(random() % most, 'a');
        for (auto& c : text)
            c = "ab\x80"[random() % 3];
        return text;
    };
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> words(random() % 30);
        std::generate(words.begin(), words.end(), [&] { return word(7); });
        std::sort(words.begin(), words.end());
        const std::vector<std::string_view> keys(words.begin(), words.end());
        const auto text = word(10);
        CHECK(walked(keys, text) == asked(keys, text));
    }
}
