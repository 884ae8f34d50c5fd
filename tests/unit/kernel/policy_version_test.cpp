#include "selns/kernel/policy_version.hpp"
#include "support/catch.hpp"

using selns::kernel::policy_version_note;

TEST_CASE("a policy that is newer than the kernel is told, and since when one loads it") {
    const auto note = policy_version_note("6.1.0-41-cloud-amd64", 34);
    REQUIRE(note);
    CHECK(
        note->find("version 34 is newer than the kernel 6.1.0-41-cloud-amd64 loads (Linux 6.14") !=
        std::string::npos);
    CHECK(policy_version_note("6.13.9", 34));
    CHECK(policy_version_note("6.16.1-1", 35));
    CHECK(policy_version_note("5.10", 35));
}

TEST_CASE("a policy that the kernel loads as it is, or of which nothing is known, is not") {
    CHECK_FALSE(policy_version_note("6.1.0-41-cloud-amd64", 33));
    CHECK_FALSE(policy_version_note("6.14.0", 34));
    CHECK_FALSE(policy_version_note("6.17-rc1", 35));
    CHECK_FALSE(policy_version_note("7.0.1", 35));
    CHECK_FALSE(policy_version_note("", 34));
    CHECK_FALSE(policy_version_note("6", 34));
    CHECK_FALSE(policy_version_note("local", 34));
    CHECK_FALSE(policy_version_note("6.1.0", 99));
}
