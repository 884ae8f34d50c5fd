#include "fake_kernel.hpp"
#include "selns-run/labels.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cerrno>

using namespace selns;
using namespace selns::run;

TEST_CASE("what exists is labelled in the table's order, and directories are made") {
    FakeKernel kernel;
    const int root = static_cast<int>(kernel.openat2(-100, "/image", 0, 0, 0));
    kernel.absent = {"/image/dev/net", "/image/dev/tun"};
    LaunchFile launch;
    launch.labels = {{"/dev", "a:b:dev"},
                     {"/dev/net/tun", "a:b:tun"},
                     {"/dev/tun", "a:b:tun"},
                     {"/dev/null", "a:b:null"}};
    launch.directories = {{"/run/a", 0750, "a:b:run"}, {"/run/a/b", 01777, "a:b:run"}};
    label_container(kernel, root, launch);
    std::vector<std::string> seen;
    for (const std::string& call : kernel.calls)
        if (call.starts_with("label") || call.starts_with("mkdir"))
            seen.push_back(call);
    CHECK(seen == std::vector<std::string>{"label /image/dev a:b:dev",
                                           "label /image/dev/tun a:b:tun",
                                           "label /image/dev/null a:b:null", "mkdir /image/run/a",
                                           "label /image/run/a a:b:run", "mkdir /image/run/a/b",
                                           "label /image/run/a/b a:b:run"});
}

TEST_CASE("a label that cannot be set is told") {
    FakeKernel kernel;
    const int root = static_cast<int>(kernel.openat2(-100, "/image", 0, 0, 0));
    LaunchFile launch;
    launch.labels = {{"/dev", "a:b:dev"}};
    kernel.fail_at = 4; // the image, /, into it
    SECTION("a context of another policy") {
        kernel.fail_with = EINVAL;
        CHECK_THROWS_WITH(label_container(kernel, root, launch),
                          ContainsSubstring("label /dev as a:b:dev") &&
                              ContainsSubstring("belongs to another build"));
    }
    SECTION("a file system without labels") {
        kernel.fail_with = EOPNOTSUPP;
        CHECK_THROWS_WITH(label_container(kernel, root, launch),
                          ContainsSubstring("not supported"));
    }
}

TEST_CASE("a table does not label through links") {
    FakeKernel kernel;
    const int root = static_cast<int>(kernel.openat2(-100, "/image", 0, 0, 0));
    kernel.open_errors["/image/run"] = -ELOOP;
    LaunchFile launch;
    launch.labels = {{"/run/x", "a:b:c"}};
    CHECK_THROWS_AS(label_container(kernel, root, launch), Error);
    CHECK(std::ranges::none_of(kernel.calls,
                               [](const std::string& call) { return call.starts_with("label"); }));
}
