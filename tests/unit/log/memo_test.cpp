#include "selns/log/memo.hpp"
#include "support/catch.hpp"

#include <string>

using namespace selns::log;

namespace {

std::string body_of(int process, int inode, const std::string& name = "x") {
    return "avc:  denied  { read } for  pid=" + std::to_string(process) + " comm=\"" + name +
           "\" dev=\"vda\" ino=" + std::to_string(inode) +
           " scontext=u:r:a_t tcontext=u:r:b_t tclass=file permissive=0";
}

} // namespace

TEST_CASE("a memo asks neither for the process nor for the inode") {
    const TextHash hash;
    Memo memo;
    const std::string first = body_of(1, 2);
    const std::string same = body_of(33333, 444444);
    const std::string other = body_of(1, 2, "y");
    CHECK(memo.find(hash.key_of_body(first)) == nullptr);
    memo.remember(hash.key_of_body(first), 7);
    REQUIRE(memo.find(hash.key_of_body(same)) != nullptr);
    CHECK(*memo.find(hash.key_of_body(same)) == 7);
    CHECK(memo.find(hash.key_of_body(other)) == nullptr);
    CHECK(memo.find(hash.key_of_body(first + " ")) == nullptr);
    CHECK(hash.key_of_body(first).inode == first.data() + first.find("ino=") + 4);
    CHECK(hash.key_of_body("avc:  denied").inode == nullptr);
}

TEST_CASE("bodies that differ in one byte are different, wherever it is") {
    const TextHash hash;
    Memo memo;
    const std::string text = body_of(1, 2);
    memo.remember(hash.key_of_body(text), 1);
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = changed[at] == '#' ? '$' : '#';
        INFO(changed);
        CHECK(memo.find(hash.key_of_body(changed)) == nullptr);
        CHECK(memo.find(hash.key_of_body(text.substr(0, at))) == nullptr);
    }
}

TEST_CASE("other texts are what they are") {
    const TextHash hash;
    Memo memo;
    const std::string text = body_of(1, 2);
    memo.remember(hash.key_of({text}), 1);
    REQUIRE(memo.find(hash.key_of({text})) != nullptr);
    CHECK(memo.find(hash.key_of({body_of(1, 3)})) == nullptr);
    CHECK(memo.find(hash.key_of({text + "\n"})) == nullptr);
    CHECK(memo.find(hash.key_of_body(text)) == nullptr);
    CHECK(hash.key_of({text}).inode == nullptr);
    memo.remember(hash.key_of({"x"}), 2);
    CHECK(*memo.find(hash.key_of({"x"})) == 2);
    CHECK(memo.find(hash.key_of({"", "x"})) == nullptr);
    memo.remember(hash.key_of({"file", "read", "", "write"}), 3);
    CHECK(*memo.find(hash.key_of({"file", "read", "", "write"})) == 3);
    CHECK(memo.find(hash.key_of({"filer", "ead", "", "write"})) == nullptr);
    CHECK(memo.find(hash.key_of({"file", "read", "write"})) == nullptr);
    const std::string longest(5000, 'x');
    memo.remember(hash.key_of({longest}), 4);
    CHECK(memo.find(hash.key_of({longest})) == nullptr);
}

TEST_CASE("a memo forgets, but never confuses") {
    const TextHash hash;
    Memo memo;
    for (std::uint32_t i = 0; i < 70'000; ++i) {
        const std::string text = body_of(1, 2, std::to_string(i));
        memo.remember(hash.key_of_body(text), i);
        REQUIRE(*memo.find(hash.key_of_body(text)) == i);
        const auto* early = memo.find(hash.key_of_body(body_of(5, 6, std::to_string(i / 2))));
        REQUIRE((early == nullptr || *early == i / 2));
    }
    const std::string longest = body_of(1, 2, std::string(5000, 'x'));
    memo.remember(hash.key_of_body(longest), 1);
    CHECK(memo.find(hash.key_of_body(longest)) == nullptr);
    memo.remember(hash.key_of_body(""), 1);
    CHECK(memo.find(hash.key_of_body("")) == nullptr);
}
