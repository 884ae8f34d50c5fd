#include "selns-run/launch_file.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::run;

namespace {

std::string with(const std::string& labels, const std::string& directories) {
    return R"({"schema": 1, "name": "web", "policy": {"type": "default", "version": 33},
               "images": [{"anything": null}], "container": {"labels": )" +
           labels + R"(, "directories": )" + directories + "}}";
}

const std::string context = "system_u:object_r:device_t:s0:c1,c2";

} // namespace

TEST_CASE("the launcher's part of a launch file is read") {
    const LaunchFile launch = parse_launch_file(
        with(R"([{"path": "/dev", "context": ")" + context + R"("}])",
             R"([{"path": "/run/a b", "mode": "1777", "context": ")" + context + R"("}])"),
        "web.launch.json");
    CHECK(launch.name == "web");
    CHECK(launch.hostname.empty());
    CHECK(launch.policy_type == "default");
    REQUIRE(launch.labels.size() == 1);
    CHECK(launch.labels[0].path == "/dev");
    CHECK(launch.labels[0].context == context);
    REQUIRE(launch.directories.size() == 1);
    CHECK(launch.directories[0].path == "/run/a b");
    CHECK(launch.directories[0].mode == 01777);
}

TEST_CASE("a launch file with anything wrong is refused") {
    const auto [text, said] = GENERATE(table<std::string, std::string>({
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {"{\"schema\": 1", "no JSON object"},
        {"{\"schema\": 2}", "schema"},
        {R"({"schema": 1})", "policy"},
        {R"({"schema": 1, "policy": {"type": 1}})", "policy.type"},
        {R"({"schema": 1, "policy": {"type": "a"}})", "was not built for a launch"},
        {R"({"schema": 1, "hostname": "a/b", "policy": {"type": "a"}})", "host name"},
        {with("{}", "[]"), "container.labels"},
        {with("[1]", "[]"), "container.labels"},
        {with("[]", "null"), "container.directories"},
        {with(R"([{"context": "a:b:c"}])", "[]"), "path"},
        {with(R"([{"path": "dev", "context": "a:b:c"}])", "[]"), "\"dev\" is no absolute path"},
        {with(R"([{"path": "/dev/../etc", "context": "a:b:c"}])", "[]"), "is no absolute path"},
        {with(R"([{"path": "/dev/", "context": "a:b:c"}])", "[]"), "is no absolute path"},
        {with(R"([{"path": "/", "context": "a:b:c"}])", "[]"), "is no absolute path"},
        {with(R"([{"path": "/a\u0000b", "context": "a:b:c"}])", "[]"), "is no absolute path"},
        {with(R"([{"path": "/dev", "context": "device_t"}])", "[]"), "is no security context"},
        {with(R"([{"path": "/dev", "context": "a:b:c\nd"}])", "[]"), "is no security context"},
        {with("[]", R"([{"path": "/run/a", "mode": 755, "context": "a:b:c"}])"), "mode"},
        {with("[]", R"([{"path": "/run/a", "mode": "0789", "context": "a:b:c"}])"), "is no mode"},
        {with("[]", R"([{"path": "/run/a", "mode": "00755", "context": "a:b:c"}])"), "is no mode"},
    }));
    INFO(text);
    CHECK_THROWS_WITH(parse_launch_file(text, "web.launch.json"),
                      ContainsSubstring(said) && ContainsSubstring("web.launch.json"));
}

TEST_CASE("a launch file of any depth or length does no harm") {
    const std::string deep(50'000, '[');
    CHECK_THROWS_AS(parse_launch_file(deep, "x"), Error);
    CHECK_THROWS_AS(parse_launch_file(deep + std::string(50'000, ']'), "x"), Error);
    std::string many = "[";
    for (int i = 0; i < 10'001; ++i)
        many += std::string(i == 0 ? "" : ",") + "{}";
    CHECK_THROWS_WITH(parse_launch_file(with(many + "]", "[]"), "x"),
                      ContainsSubstring("at most 10000"));
}

TEST_CASE("names of containers are plain") {
    CHECK(is_container_name("web-1.example_x"));
    for (const char* name : {"", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "ä"})
        CHECK_FALSE(is_container_name(name));
    CHECK_FALSE(is_container_name(std::string(65, 'a')));
}
