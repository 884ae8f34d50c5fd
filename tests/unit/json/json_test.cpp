#include "selns/base/error.hpp"
#include "selns/json/json.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace selns;

namespace {

std::string refusal(const std::function<void()>& read) {
    try {
        read();
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_CASE("values are read by their types") {
    const auto value = json::parse(
        R"({"a": {"list": ["x", "y"], "n": 7, "minus": -7, "yes": true, "no": null}, "b": 1, "b": 2})",
        "f.json");
    const auto a = value.at("a");
    CHECK(a.at("list").texts() == std::vector<std::string>{"x", "y"});
    CHECK(a.at("n").number() == 7);
    CHECK(a.at("n").integer() == 7);
    CHECK(a.at("minus").integer() == -7);
    CHECK(a.at("yes").boolean());
    CHECK_FALSE(a.find("no"));
    CHECK_FALSE(a.find("other"));
    CHECK(a.text_or("other", "z") == "z");
    CHECK(value.at("b").number() == 2);
    CHECK(value.members().size() == 3);
    CHECK(json::parse("null", "").is_null());
}

TEST_CASE("what is not as expected is told with its place") {
    const auto value =
        json::parse(R"({"images": [{"file": "a"}, {"file": 3}], "n": -1})", "f.json");
    CHECK(refusal([&] { value.at("images").list().at(1).at("file").text(); }) ==
          "f.json: images[1].file: expected a text");
    CHECK(refusal([&] { value.at("images").at("x"); }) == "f.json: images: expected an object");
    CHECK(refusal([&] { value.at("name"); }) == "f.json: expected an object with \"name\"");
    CHECK(refusal([&] { value.at("n").number(); }) ==
          "f.json: n: expected a whole number that is not negative");
    CHECK(refusal([&] { value.at("n").boolean(); }) == "f.json: n: expected true or false");
    CHECK(refusal([&] { value.at("n").list(); }) == "f.json: n: expected a list");
    CHECK(refusal([] { json::parse("1.5", "f").integer(); }) == "f: expected a whole number");
    CHECK(refusal([] { json::parse("18446744073709551615", "f").integer(); }) ==
          "f: expected a whole number");
}

TEST_CASE("a file name stays in its directory") {
    for (const char* name : {"web.ext4", "a b", "..a/../x", "x..y"}) {
        const std::string text = "\"" + std::string(name) + "\"";
        const bool good = std::string_view(name).find('/') == std::string_view::npos;
        CHECK((refusal([&] { json::parse(text, "f").file_name(); }) == "accepted") == good);
    }
    for (const char* text : {R"("")", R"(".")", R"("..")", R"("/etc/passwd")", R"("a\u0000b")",
                             R"("a\nb")", R"(".hidden")"})
        CHECK_THAT(refusal([&] { json::parse(text, "f").file_name(); }),
                   ContainsSubstring("expected the name of a file"));
}

TEST_CASE("what is no JSON, or too much of it, is refused") {
    for (const char* text : {"", "{", "[1,]", "\"\xff\"", "nul", "{\"a\":1}x", "1e999"})
        CHECK_THAT(refusal([&] { json::parse(text, "f.json"); }),
                   ContainsSubstring("f.json: no JSON: damaged at byte"));
    const json::Limits limits{.bytes = 100, .depth = 3, .values = 10};
    CHECK_THAT(refusal([&] { json::parse(std::string(101, ' '), "f", limits); }),
               ContainsSubstring("larger than 100 bytes"));
    CHECK_THAT(refusal([&] { json::parse("[[[[]]]]", "f", limits); }),
               ContainsSubstring("more than 3 lists and objects"));
    CHECK_THAT(refusal([&] { json::parse("[1,1,1,1,1,1,1,1,1,1]", "f", limits); }),
               ContainsSubstring("more than 10 values"));
    CHECK_NOTHROW(json::parse("[[[1,1,1]]]", "f", limits));
    CHECK_THAT(refusal([] { json::parse(std::string(1U << 20U, '['), "f"); }),
               ContainsSubstring("more than 32 lists"));
}
