#include "selns/kernel/check.hpp"
#include "selns/kernel/probe.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/utsname.h>

using namespace selns;
using namespace selns::kernel;

namespace {

void fill(const test::TempDir& dir, const std::string& lsm) {
    dir.write("sys/kernel/security/lsm", lsm);
    dir.write("proc/filesystems", "nodev\ttmpfs\n\text4\nnodev\tcgroup2\n");
    for (const char* name : {"uts", "ipc", "pid", "net"})
        dir.write(std::string("proc/self/ns/") + name, "");
}

} // namespace

TEST_CASE("a running kernel without a configuration is probed") {
    const test::TempDir dir;
    fill(dir, "lockdown,capability,selinux,bpf");
    const Examination examination = examine_running(dir.path());
    CHECK(examination.origin == "probing");
    const auto state = [&](std::string_view id) { return state_of(examination.findings, id); };
    CHECK(state("selinux") == State::yes);
    CHECK(state("selinux-default") == State::yes);
    CHECK(state("ext4") == State::yes);
    CHECK(state("squashfs") == State::unknown); // a module could still be loaded
    CHECK(state("namespaces") == State::yes);
    CHECK(state("user-namespaces") == State::no);
    CHECK(state("virtio-blk") == State::unknown);
    CHECK(examination.verdicts.front().works == State::unknown);
}

TEST_CASE("what runs has the last word on which security module is active") {
    const test::TempDir dir;
    fill(dir, "capability,yama,apparmor");
    Examination examination = examine_running(dir.path());
    CHECK(state_of(examination.findings, "selinux") == State::no);
    struct utsname name = {};
    REQUIRE(::uname(&name) == 0);
    dir.write(std::string("boot/config-") + name.release,
              "CONFIG_SECURITY=y\nCONFIG_SECURITY_NETWORK=y\nCONFIG_SECURITY_SELINUX=y\n"
              "CONFIG_LSM=\"selinux\"\n");
    examination = examine_running(dir.path());
    CHECK(state_of(examination.findings, "selinux") == State::yes);
    CHECK(state_of(examination.findings, "selinux-default") == State::no);
    CHECK(state_of(examination.findings, "virtio-blk") == State::no);
    CHECK(examination.release == name.release);
}

TEST_CASE("a machine that tells nothing") {
    const test::TempDir dir;
    const Examination examination = examine_running(dir.path());
    CHECK(state_of(examination.findings, "selinux") == State::unknown);
    CHECK(state_of(examination.findings, "ext4") == State::unknown);
}

TEST_CASE("this machine's kernel is looked at without being changed") {
    CHECK_NOTHROW(examine_running());
}
