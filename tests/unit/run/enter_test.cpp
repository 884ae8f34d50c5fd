#include "fake_kernel.hpp"
#include "selns-run/enter.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace selns;
using namespace selns::run;

namespace {

const char* const launch_text = R"({"schema": 1, "name": "web", "policy": {"type": "default"},
 "container": {"labels": [{"path": "/dev", "context": "system_u:object_r:device_t:s0"}],
               "directories": []}})";

// A container that another runtime has made.
void give_container(FakeKernel& kernel) {
    kernel.contents["/run/launch.json"] = launch_text;
    kernel.contents["/etc/selinux/config"] = "SELINUX=enforcing\nSELINUXTYPE=default\n";
    kernel.contents["/etc/selinux/default/policy/policy.33"] = "policy";
    kernel.contents["/sbin/init#security.selinux"] = "system_u:object_r:init_exec_t:s0";
    kernel.contents["/proc/self/attr/current"] = "kernel";
    kernel.contents["selinuxfs:/policyvers"] = "33";
    kernel.contents["selinuxfs:/class/process/index"] = "2";
    kernel.contents["selinuxfs:/create"] = "system_u:system_r:init_t:s0";
}

Options entering() {
    Options options;
    options.action = Options::Action::enter;
    options.launch_file = "/run/launch.json";
    return options;
}

std::size_t place(const FakeKernel& kernel, const std::string& what) {
    const auto found = std::ranges::find_if(
        kernel.calls, [&](const std::string& call) { return call.starts_with(what); });
    return static_cast<std::size_t>(found - kernel.calls.begin());
}

bool has(const FakeKernel& kernel, const std::string& what) {
    return place(kernel, what) < kernel.calls.size();
}

void check_order(const FakeKernel& kernel, const std::vector<std::string>& order) {
    std::size_t last = 0;
    for (const std::string& step : order) {
        INFO(step);
        REQUIRE(has(kernel, step));
        CHECK(place(kernel, step) >= last);
        last = place(kernel, step);
    }
}

} // namespace

TEST_CASE("in a container that is made, the rest is done in its order") {
    FakeKernel kernel;
    give_container(kernel);
    enter_container(kernel, entering());
    check_order(kernel, {"read /etc/selinux/default/policy/policy.33", "lsm_set 106",
                         "move_mount selinuxfs: /sys/fs/selinux", "write selinuxfs:/load policy",
                         "label /dev ", "capset", "write selinuxfs:/enforce 1", "seccomp",
                         "execve /sbin/init"});
    CHECK(std::ranges::count_if(kernel.calls, [](const std::string& call) {
              return call.starts_with("move_mount");
          }) == 1);
    CHECK_FALSE(has(kernel, "unshare"));
    CHECK_FALSE(has(kernel, "spawn"));
}

TEST_CASE("a command begins in the init's domain") {
    FakeKernel kernel;
    give_container(kernel);
    Options options = entering();
    options.command = {"/bin/true"};
    options.enforcing = false;
    enter_container(kernel, options);
    check_order(kernel,
                {"lsm_set 106", "write selinuxfs:/enforce 0", "lsm_set 100", "execve /bin/true"});
}

TEST_CASE("nothing is even looked at outside of a container") {
    FakeKernel kernel;
    give_container(kernel);
    kernel.own_pid = 4711;
    CHECK_THROWS_WITH(enter_container(kernel, entering()), ContainsSubstring("the first process"));
    CHECK(kernel.calls.empty());
}

TEST_CASE("without SELinux, what is left is confined all the same") {
    FakeKernel kernel;
    give_container(kernel);
    Options options = entering();
    options.selinux = SelinuxUse::off;
    options.launch_file.clear();
    enter_container(kernel, options);
    check_order(kernel, {"capset", "seccomp", "execve /sbin/init"});
    CHECK_FALSE(has(kernel, "lsm_set"));
    CHECK_FALSE(has(kernel, "move_mount"));
}

TEST_CASE("nothing is executed after a failure, and nothing done before what can be known") {
    FakeKernel whole;
    give_container(whole);
    enter_container(whole, entering());
    const auto count = static_cast<int>(whole.calls.size());
    int told = 0;
    for (int step = 1; step <= count; ++step) {
        FakeKernel kernel;
        give_container(kernel);
        kernel.fail_at = step;
        try {
            enter_container(kernel, entering());
        } catch (const Error& error) {
            ++told;
            INFO(step << " " << kernel.failed << ": " << error.message());
            CHECK((!has(kernel, "execve") || kernel.failed.starts_with("execve")));
            CHECK(kernel.open_here().empty());
        }
    }
    // Without: limits and the mode, which are only looked at.
    CHECK(told > count - 25);

    const auto changes_nothing = [](FakeKernel& kernel) {
        CHECK_THROWS_AS(enter_container(kernel, entering()), Error);
        for (const char* change : {"lsm_set", "move_mount", "write", "label", "capset", "execve"})
            CHECK_FALSE(has(kernel, change));
    };
    FakeKernel stock;
    give_container(stock);
    stock.namespaces = false;
    stock.contents["/proc/self/attr/current"] = "u:r:t:s0";
    changes_nothing(stock);
    FakeKernel without_init;
    give_container(without_init);
    without_init.absent = {"/sbin/init"};
    changes_nothing(without_init);
    FakeKernel without_file;
    give_container(without_file);
    without_file.contents["/run/launch.json"] = "{}";
    changes_nothing(without_file);
}
