#include "fake_kernel.hpp"
#include "selns-run/selinux_namespace.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cerrno>

using namespace selns;
using namespace selns::run;

namespace {

SelinuxState state(bool namespaces, bool policy) {
    SelinuxState result;
    result.present = true;
    result.namespaces = namespaces;
    result.policy = policy;
    result.context = "u:r:launcher_t:s0";
    result.most_namespaces = "65535";
    result.most_nested = "32";
    return result;
}

} // namespace

TEST_CASE("a look at SELinux changes nothing") {
    FakeKernel kernel;
    kernel.contents["/proc/self/attr/current"] = "kernel";
    kernel.contents["selinuxfs:/policyvers"] = "33";
    kernel.contents["selinuxfs:/maxns"] = "65535\n";
    SECTION("with namespaces") {
        const SelinuxState seen = look_at_selinux(kernel);
        CHECK(seen.present);
        CHECK(seen.namespaces);
        CHECK_FALSE(seen.policy);
        CHECK(seen.policy_versions == "33");
        CHECK(seen.most_namespaces == "65535");
        CHECK(seen.most_nested.empty());
    }
    SECTION("without them, and with a policy") {
        kernel.namespaces = false;
        kernel.contents["/proc/self/attr/current"] = std::string("u:r:t:s0\0", 9);
        const SelinuxState seen = look_at_selinux(kernel);
        CHECK_FALSE(seen.namespaces);
        CHECK_FALSE(seen.old_kernel);
        CHECK(seen.policy);
        CHECK(seen.context == "u:r:t:s0");
    }
    SECTION("by the machine's own selinuxfs") {
        kernel.file_systems["/sys/fs/selinux"] = selinuxfs_magic;
        kernel.contents["/sys/fs/selinux/policyvers"] = "31";
        CHECK(look_at_selinux(kernel).policy_versions == "31");
        CHECK(std::ranges::none_of(
            kernel.calls, [](const std::string& call) { return call.starts_with("fsopen"); }));
    }
    SECTION("in a kernel without it") {
        kernel.absent = {"selinuxfs"};
        CHECK_FALSE(look_at_selinux(kernel).present);
    }
    SECTION("when it may not be looked at") {
        kernel.fail_with = EPERM;
        kernel.fail_at = 7; // fsopen
        CHECK_THROWS_WITH(look_at_selinux(kernel), ContainsSubstring("cannot look at selinuxfs"));
    }
    SECTION("before the system call") {
        kernel.old_kernel = true;
        CHECK(look_at_selinux(kernel).old_kernel);
    }
    CHECK(kernel.open_here().empty());
    CHECK(std::ranges::none_of(kernel.calls, [](const std::string& call) {
        return call.starts_with("lsm_set") || call.starts_with("write") ||
               call.starts_with("move_mount") || call.starts_with("unshare");
    }));
}

TEST_CASE("where the policy goes is decided before anything is done") {
    using enum SelinuxUse;
    CHECK(decide(required, state(true, true)) == required);
    CHECK(decide(automatic, state(true, false)) == required);
    CHECK(decide(automatic, state(false, false)) == initial);
    CHECK(decide(initial, state(false, false)) == initial);
    CHECK(decide(initial, state(true, false)) == initial);
    CHECK(decide(off, state(false, true)) == off);
    CHECK(decide(off, SelinuxState()) == off);

    const auto refuses = [](SelinuxUse wanted, const SelinuxState& there, const std::string& said) {
        CHECK_THROWS_WITH(decide(wanted, there), ContainsSubstring(said));
    };
    refuses(required, state(false, false), "no SELinux namespaces");
    refuses(required, state(false, false), "kernel build selinuxns");
    refuses(automatic, state(false, true), "a policy is loaded already");
    refuses(initial, state(true, true), "has a policy already");
    for (const SelinuxUse wanted : {required, automatic, initial})
        refuses(wanted, SelinuxState(), "no SELinux, or it is switched off");
    SelinuxState old = state(false, false);
    old.old_kernel = true;
    refuses(required, old, "older than Linux 6.8");
}

TEST_CASE("each error of unsharing is put in words") {
    const auto [error, said] = GENERATE(table<int, std::string>({
        {ENOSPC, "a limit is reached (maxns is 65535, maxnsdepth 32)"},
        {EACCES, "the policy here denies it to u:r:launcher_t:s0"},
        {EACCES, "(allow launcher_t self (process2 (unshare_selinuxns)))"},
        {EOPNOTSUPP, "kernel build selinuxns"},
        {ENOSYS, "kernel build selinuxns"},
        {EINVAL, "kernel build selinuxns"},
        {ENOMEM, "Cannot allocate memory"},
    }));
    FakeKernel kernel;
    kernel.unshared = -error;
    CHECK_THROWS_WITH(unshare_selinux(kernel, -1, state(true, true)),
                      ContainsSubstring("cannot make an SELinux namespace") &&
                          ContainsSubstring(said));
}

TEST_CASE("a launcher in a domain of its own leaves that before it unshares") {
    const auto calls_of = [](const std::string& context, FakeKernel& kernel) {
        SelinuxState there = state(true, true);
        there.context = context;
        unshare_selinux(kernel, -1, there);
        return kernel.calls;
    };
    const std::vector<std::string> left = {"lsm_set 100", "lsm_set 106"};
    const std::vector<std::string> stayed = {"lsm_set 106"};
    FakeKernel kernel;
    CHECK(calls_of("u:r:selns_run_t:s0-s0:c0.c1023", kernel) == left);
    FakeKernel without_levels;
    CHECK(calls_of("u:r:selns_run_t", without_levels) == left);
    for (const char* other : {"u:r:unconfined_t:s0", "kernel", "", "u:r:selns_run_test:s0"}) {
        FakeKernel same;
        CHECK(calls_of(other, same) == stayed);
    }
    FakeKernel denying;
    denying.fail_at = 1;
    CHECK_THROWS_WITH(calls_of("u:r:selns_run_t:s0", denying),
                      ContainsSubstring("go to the host's u:r:selns_container_t:s0"));
    CHECK(denying.calls.size() == 1);
}
