#include "fake_kernel.hpp"
#include "selns-run/run.hpp"
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
    kernel.contents["selinuxfs:/policyvers"] = "33";
    kernel.give_image("", "/proc");
}

Options entering() {
    Options options;
    options.action = Options::Action::enter;
    options.launch_file = "/run/launch.json";
    return options;
}

} // namespace

TEST_CASE("in a container that is made, the rest is done in its order") {
    FakeKernel kernel;
    give_container(kernel);
    enter_container(kernel, entering());
    CHECK(kernel.out_of_order({"read /etc/selinux/default/policy/policy.33", "lsm_set 106",
                               "move_mount selinuxfs: /sys/fs/selinux",
                               "write selinuxfs:/load policy", "label /dev ", "capset",
                               "write selinuxfs:/enforce 1", "seccomp", "execve /sbin/init"}) ==
          "");
    CHECK(std::ranges::count_if(kernel.calls, [](const std::string& call) {
              return call.starts_with("move_mount");
          }) == 1);
    CHECK_FALSE(kernel.has("unshare"));
    CHECK_FALSE(kernel.has("spawn"));
}

TEST_CASE("a command begins in the init's domain") {
    FakeKernel kernel;
    give_container(kernel);
    Options options = entering();
    options.command = {"/bin/true"};
    options.enforcing = false;
    enter_container(kernel, options);
    CHECK(kernel.out_of_order({"lsm_set 106", "write selinuxfs:/enforce 0", "lsm_set 100",
                               "execve /bin/true"}) == "");
}

TEST_CASE("without SELinux the host still knows it by the container's domain") {
    FakeKernel kernel;
    give_container(kernel);
    kernel.contents["/proc/self/attr/current"] = "u:r:selns_run_t:s0";
    Options options = entering();
    options.selinux = SelinuxUse::off;
    enter_container(kernel, options);
    CHECK(kernel.out_of_order({"lsm_set 100", "execve /sbin/init"}) == "");
    CHECK_FALSE(kernel.has("lsm_set 106"));
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
    CHECK(kernel.out_of_order({"capset", "seccomp", "execve /sbin/init"}) == "");
    CHECK_FALSE(kernel.has("lsm_set"));
    CHECK_FALSE(kernel.has("move_mount"));
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
            CHECK((!kernel.has("execve") || kernel.failed.starts_with("execve")));
            CHECK(kernel.open_here().empty());
        }
    }
    // Without: limits and the mode, which are only looked at.
    CHECK(told > count - 25);

    const auto changes_nothing = [](FakeKernel& kernel) {
        CHECK_THROWS_AS(enter_container(kernel, entering()), Error);
        for (const char* change : {"lsm_set", "move_mount", "write", "label", "capset", "execve"})
            CHECK_FALSE(kernel.has(change));
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
