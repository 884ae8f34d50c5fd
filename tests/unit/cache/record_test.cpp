#include "selns/base/hash.hpp"
#include "selns/cache/record.hpp"
#include "selns/cache/store.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::cache;

TEST_CASE("a record survives its JSON") {
    const Record record{"bootstrap",
                        "abc123",
                        "web",
                        1700000000,
                        {{"release", "bookworm"}, {"command", "a\n\"b\""}, {"command", "c"}},
                        {{"archive.tar", {12345678901, std::string(64, 'a')}}}};
    const auto read = from_json(to_json(record));
    REQUIRE(read);
    CHECK(read->kind == record.kind);
    CHECK(read->key == record.key);
    CHECK(read->owner == record.owner);
    CHECK(read->created == record.created);
    CHECK(read->inputs == record.inputs);
    CHECK(read->files == record.files);
}

TEST_CASE("bytes that are no UTF-8 do not stop a record from being written") {
    const Record record{"policy", "0", "web", 0, {{"path", "/srv/\xff\xfe"}}, {}};
    CHECK(from_json(to_json(record)));
}

TEST_CASE("a record in which a byte has changed is none") {
    const Record record{"policy", "0", "web", 7, {{"path", "x"}}, {{"data", {1, "aa"}}}};
    const std::string text = to_json(record);
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        CHECK_FALSE(from_json(damaged));
    }
}

TEST_CASE("what is no record is told from one") {
    const auto with_sum = [](const std::string& rest) {
        return "{\"sum\": \"" + sha256(rest) + rest;
    };
    const std::string good = "\",\"format\":2,\"kind\":\"a\",\"key\":\"b\",\"owner\":\"c\","
                             "\"created\":1,\"inputs\":[],\"files\":{}}";
    REQUIRE(from_json(with_sum(good)));
    CHECK_FALSE(from_json(good));
    for (const char* text :
         {"", "\"}", "\",\"format\":1}", "\",\"format\": \"2\"}", "\",\"format\": 2, \"kind\": 3}",
          "\",\"format\":2,\"kind\":\"a\",\"key\":\"b\",\"owner\":\"c\","
          "\"created\":1,\"inputs\":[[\"a\"]],\"files\":{}}",
          "\",\"format\":2,\"kind\":\"a\",\"key\":\"b\",\"owner\":\"c\","
          "\"created\":1,\"inputs\":[],\"files\":{\"x\":7}}"})
        CHECK_FALSE(from_json(with_sum(text)));
}

TEST_CASE("differences of inputs are named") {
    const Inputs before = {{"release", "bookworm"}, {"command", "a"}, {"command", "b"}, {"x", "1"}};
    const Inputs wanted = {
        {"release", "trixie"}, {"command", "a"}, {"command", "c"}, {"command", "d"}, {"y", "2"}};
    const auto changes = compare(before, wanted);
    REQUIRE(changes.size() == 5);
    CHECK(changes[0].name == "release");
    CHECK(changes[0].before == "bookworm");
    CHECK(changes[0].after == "trixie");
    CHECK(changes[1].before == "b");
    CHECK(changes[1].after == "c");
    CHECK_FALSE(changes[2].before);
    CHECK(changes[2].after == "d");
    CHECK(changes[3].name == "y");
    CHECK(changes[4].name == "x");
    CHECK_FALSE(changes[4].after);
    CHECK(compare(before, before).empty());
}
