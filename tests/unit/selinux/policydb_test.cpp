#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/selinux/module_package.hpp"
#include "selns/selinux/policydb.hpp"
#include "support/catch.hpp"
#include "support/host_policy.hpp"

#include <algorithm>

using namespace selns;

TEST_CASE("a real policy answers about its names") {
    const std::string image = test::host_policy();
    if (image.empty()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    const auto db = selinux::PolicyDb::read(image, "policy");
    CHECK(db.version() >= 30);
    CHECK(db.version() <= selinux::newest_policy_version());
    CHECK(db.mls());
    CHECK(db.has_type("init_t"));
    CHECK_FALSE(db.has_type("init_z"));
    CHECK_FALSE(db.has_type("file_type"));
    CHECK(db.has_attribute("file_type"));
    CHECK(db.has_class("file"));
    CHECK(db.has_permission("file", "execmod"));
    CHECK(db.has_permission("file", "read")); // a common's
    CHECK_FALSE(db.has_permission("file", "fly"));
    CHECK_FALSE(db.has_permission("no_class", "read"));
    CHECK(db.booleans().contains("httpd_enable_cgi"));
    const auto types = db.types();
    CHECK(std::binary_search(types.begin(), types.end(), "init_t"));
    const auto users = db.users();
    CHECK(std::find(users.begin(), users.end(), "system_u") != users.end());

    CHECK(db.valid_context("system_u:object_r:etc_t:s0"));
    CHECK(db.valid_context("system_u:system_r:init_t:s0-s0:c0.c1023"));
    for (const char* wrong :
         {"", "etc_t", "system_u:object_r:etc_t", "system_u:object_r:nosuch_t:s0",
          "nosuch_u:object_r:etc_t:s0", "system_u:nosuch_r:etc_t:s0", "system_u:object_r:etc_t:s9",
          "system_u:system_r:etc_t:s0:c1023,c0:x", "system_u:object_r:file_type:s0"}) {
        INFO(wrong);
        CHECK_FALSE(db.valid_context(wrong));
    }
}

TEST_CASE("damaged policies are errors") {
    CHECK_THROWS_AS(selinux::PolicyDb::read("", "p"), Error);
    CHECK_THROWS_AS(selinux::PolicyDb::read("not a policy", "p"), Error);
    const std::string image = test::host_policy();
    if (image.empty())
        return;
    for (const std::size_t size :
         {std::size_t{4}, std::size_t{100}, image.size() / 2, image.size() - 1})
        CHECK_THROWS_AS(selinux::PolicyDb::read(image.substr(0, size), "p"), Error);
}
