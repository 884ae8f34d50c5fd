#include "selns/boot/observer.hpp"
#include "support/catch.hpp"

using namespace selns::boot;
using std::chrono::milliseconds;

namespace {

Observation seen_of(std::string_view kernel, std::string_view console = {}) {
    Observer observer;
    observer.add_kernel(kernel, milliseconds(10));
    observer.add_console(console, milliseconds(20));
    return observer.seen();
}

// A boot of Debian 12, shortened.
constexpr std::string_view ordinary_boot =
    "[    0.000000] Linux version 6.1.0\r\n"
    "[    0.471320] SELinux:  Initializing.\r\n"
    "[    3.100000] selns-init: root file system mounted, starting /sbin/init\r\n"
    "[    9.106146] audit: type=1403 audit(1795300600.032:2): auid=4294967295 ses=4294967295 "
    "lsm=selinux res=1\r\n"
    "[   13.158760] systemd[1]: Queued start job for default target graphical.target.\r\n"
    "[   13.262646] systemd[1]: Reached target paths.target - Path Units.\r\n"
    "[   14.000000] audit: type=1400 audit(1795300601.000:3): avc:  denied  { read } for  pid=1 "
    "comm=\"a\" scontext=a:b:c tcontext=a:b:d tclass=file permissive=1\r\n"
    "[   18.000000] systemd[1]: Reached target graphical.target - Graphical Interface.\r\n";

} // namespace

TEST_CASE("An ordinary boot") {
    const auto seen =
        seen_of(ordinary_boot, "\r\nDebian GNU/Linux 12 web ttyS0\r\n\r\nweb login: ");
    CHECK(seen.reached());
    CHECK(seen.kernel == milliseconds(10));
    CHECK(seen.root == milliseconds(10));
    CHECK(seen.policy == milliseconds(10));
    CHECK(seen.target == milliseconds(10));
    CHECK(seen.login == milliseconds(20));
    CHECK(seen.default_target == "graphical.target");
    CHECK(seen.selinux == SelinuxState::permissive);
    CHECK(seen.denials == 1);
    CHECK(seen.failed_units.empty());
    CHECK(seen.failure.empty());
}

TEST_CASE("Messages may come in pieces of any size") {
    Observer observer;
    for (const char c : ordinary_boot)
        observer.add_kernel(std::string_view(&c, 1), milliseconds(10));
    for (const char c : std::string_view("web login: "))
        observer.add_console(std::string_view(&c, 1), milliseconds(30));
    CHECK(observer.seen().target.has_value());
    CHECK(observer.seen().denials == 1);
    CHECK(observer.seen().login == milliseconds(30));
}

TEST_CASE("The modes that the kernel tells") {
    const std::string begin(ordinary_boot.substr(0, ordinary_boot.find("[   13.15")));
    CHECK(seen_of("[    0.1] x\n").selinux == SelinuxState::absent);
    CHECK(seen_of("[    0.4] SELinux:  Initializing.\n").selinux == SelinuxState::no_policy);
    CHECK(seen_of(begin).selinux == SelinuxState::permissive);
    const std::string enforcing = "[ 9.1] audit: type=1404 audit(1.0:3): enforcing=1 "
                                  "old_enforcing=0 auid=1 ses=1 enabled=1\n";
    CHECK(seen_of(enforcing + begin).selinux == SelinuxState::enforcing);
    CHECK(seen_of(begin + enforcing).selinux == SelinuxState::enforcing);
    const std::string permissive = "[ 9.2] audit: type=1404 audit(1.0:4): enforcing=0 "
                                   "old_enforcing=1 auid=1\n";
    CHECK(seen_of(begin + enforcing + permissive).selinux == SelinuxState::permissive);
}

TEST_CASE("how a failed unit's process ended") {
    const auto seen = seen_of(
        "[ 1.0] systemd[1]: a.service: Main process exited, code=exited, status=1/FAILURE\n"
        "[ 1.0] systemd[1]: a.service: Failed with result 'exit-code'.\n"
        "[ 1.1] systemd[1]: b.service: Control process exited, code=killed, status=11/SEGV\n"
        "[ 1.2] systemd[1]: c.service: Failed with result 'dependency'.\n");
    CHECK(seen.exits.at("a.service") == "exited, status=1/FAILURE");
    CHECK(seen.exits.at("b.service") == "killed, status=11/SEGV");
    CHECK_FALSE(seen.exits.contains("c.service"));
}

TEST_CASE("Units that fail, each once, but not while the machine is shut down") {
    const std::string failed = "[ 1.0] systemd[1]: a.service: Failed with result 'exit-code'.\n";
    const auto seen =
        seen_of(failed + failed + "[ 2.0] systemd[1]: Reached target shutdown.target - S.\n" +
                "[ 3.0] systemd[1]: b.service: Failed with result 'signal'.\n");
    CHECK(seen.failed_units == std::vector<std::string>{"a.service"});
    CHECK(seen.shutdown.has_value());
}

TEST_CASE("The end of the units that are waited for") {
    Observer observer({"w-1.service", "w-2.service"});
    CHECK_FALSE(observer.units_ended());
    observer.add_kernel("[ 1.0] systemd[1]: w-1.service: Deactivated successfully.\n",
                        milliseconds(5));
    CHECK_FALSE(observer.units_ended());
    CHECK(observer.last_event() == milliseconds(5));
    observer.add_kernel("[ 2.0] systemd[1]: w-2.service: Failed with result 'exit-code'.\n",
                        milliseconds(6));
    CHECK(observer.units_ended());
    CHECK(observer.seen().failed_units == std::vector<std::string>{"w-2.service"});
}

TEST_CASE("What ends a boot, in one line") {
    CHECK(seen_of("[ 1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\n").failure ==
          "the kernel panicked: VFS: Unable to mount root fs");
    CHECK(seen_of("[ 1.0] selns-init: cannot find the root device /dev/vda: no\n").failure ==
          "cannot find the root device /dev/vda: no");
    CHECK_THAT(seen_of("[ 1.0] SELinux:  policydb version 35 does not match my version range "
                       "15-33\n")
                   .failure,
               ContainsSubstring("policydb version 35 does not match my version range 15-33"));
    CHECK(seen_of("[ 1.0] systemd[1]: Failed to load SELinux policy, freezing.\n").failure ==
          "systemd could not load the image's policy");
    CHECK(
        seen_of("[ 1.0] systemd[1]: Reached target emergency.target - Emergency Mode.\n").failure ==
        "systemd started emergency mode");
    const auto both = seen_of("[ 1.0] selns-init: cannot mount\n[ 2.0] Kernel panic - not "
                              "syncing: Attempted to kill init!\n");
    CHECK(both.failure == "cannot mount"); // the cause, not what came of it
}

TEST_CASE("Another program's words are not systemd's") {
    const auto seen =
        seen_of("[ 1.0] evil[7]: systemd[1]: Reached target graphical.target\n"
                "[ 1.1] systemd[12]: Queued start job for default target x.target.\n");
    CHECK(seen.default_target.empty());
    CHECK_FALSE(seen.target.has_value());
}

TEST_CASE("A machine that says anything at all fills no memory") {
    Observer observer;
    const std::string line(1U << 20U, 'x');
    for (int i = 0; i < 64; ++i)
        observer.add_kernel(line, milliseconds(1));
    std::string units;
    for (int i = 0; i < 5000; ++i)
        units += "\nsystemd[1]: u" + std::to_string(i) + ".service: Failed with result 'x'.";
    observer.add_kernel(units + "\n", milliseconds(2));
    CHECK(observer.seen().failed_units.size() == 1000);
}

TEST_CASE("The kernel's last words") {
    CHECK_FALSE(seen_of(ordinary_boot).down);
    CHECK(seen_of("[   40.1] reboot: Power down\n").down);
    CHECK(seen_of("[   40.1] reboot: Restarting system\n").down);
    CHECK_FALSE(seen_of("[   40.1] reboot: Restarting sys").down);
}

TEST_CASE("What the kernel says of its own losses") {
    CHECK(seen_of("** 12 printk messages dropped **\n** 3 printk messages dropped **\n").dropped ==
          15);
    CHECK(seen_of("** 99999999999999999999 printk messages dropped **\n").dropped == 1);
    CHECK(seen_of("** 3 stars **\n").dropped == 0);
}

TEST_CASE("An audit daemon that takes over") {
    CHECK_FALSE(seen_of(ordinary_boot).audit_daemon);
    CHECK(seen_of("[ 9.0] systemd[1]: Started auditd.service - Security Auditing Service.\n")
              .audit_daemon);
    CHECK(seen_of("[ 9.0] systemd[1]: Started Security Auditing Service.\n").audit_daemon);
    CHECK_FALSE(seen_of("[ 9.0] systemd[1]: Starting auditd.service - S...\n").audit_daemon);
    const std::string set = "[ 9.0] audit: type=1305 audit(1.0:7): op=set audit_";
    CHECK(seen_of(set + "pid=312 old=0 auid=1 ses=1 res=1\n").audit_daemon);
    CHECK(seen_of(set + "pid=0 old=312 auid=1 ses=1 res=1\n").audit_daemon);
    CHECK_FALSE(seen_of(set + "backlog_limit=64 old=8192 auid=1 ses=1 res=1\n").audit_daemon);
}

TEST_CASE("The numbers of the kernel's audit events") {
    CHECK(seen_of(ordinary_boot).events.missing() == 0);
    CHECK(seen_of(std::string(ordinary_boot) + "[ 20.0] audit: type=1400 audit(1.0:6): avc:  x\n")
              .events.missing() == 2);
}

TEST_CASE("What programs were refused, each once") {
    const std::string line =
        "Failed to create directory or subvolume \"/root/.ssh\": Permission denied";
    const auto seen = seen_of(
        "[   14.1] systemd-tmpfiles[113]: " + line + "\n[   14.2] systemd-tmpfiles[207]: " + line +
            "\n[   14.3] audit: type=1327 audit(1.0:3): x=\"Permission denied\"\n",
        "\x1b[0;1;31m[   14.1] systemd-tmpfiles[113]: " + line +
            "\x1b[0m\r\nmknod: x: Operation not permitted\r\nall is well\r\n\x1b[\n");
    CHECK(seen.failed_access == std::vector<std::string>{"systemd-tmpfiles: " + line,
                                                         "mknod: x: Operation not permitted"});
}

TEST_CASE("However much was refused, it fills no memory") {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += std::string(1000, 'x') + std::to_string(i) + ": Permission denied\n" +
                std::to_string(i) + ": Permission denied\n";
    const auto seen = seen_of(text);
    CHECK(seen.failed_access.size() == 100);
    for (const std::string& line : seen.failed_access)
        CHECK(line.size() <= 300);
}

TEST_CASE("A boot without SELinux or without a policy is known as soon as it shows") {
    constexpr std::string_view root =
        "[ 3.1] selns-init: root file system mounted, starting /sbin/init\n";
    constexpr std::string_view initializing = "[ 0.4] SELinux:  Initializing.\n";
    constexpr std::string_view queued =
        "[ 5.0] systemd[1]: Queued start job for default target graphical.target.\n";
    CHECK(seen_of(root).failure == "the kernel has no SELinux, or it is switched off");
    std::string text = std::string(initializing) + std::string(root);
    CHECK(seen_of(text).failure.empty());
    CHECK(seen_of(text + std::string(queued)).failure == no_policy_loaded);
    text += "[ 4.0] audit: type=1403 audit(1795300600.032:2): auid=4294967295 res=1\n";
    CHECK(seen_of(text + std::string(queued)).failure.empty());
}

TEST_CASE("whose SELinux namespace it is, the launcher tells first") {
    constexpr std::string_view own =
        "[ 3.2] selns-run: the SELinux namespace is of the container\n";
    constexpr std::string_view machine =
        "[ 3.2] selns-run: the SELinux namespace is of the machine\n";
    const auto told = [](const std::string& text, bool container) {
        Observer observer({}, container);
        observer.add_kernel(text, Observer::Milliseconds(1));
        return observer.seen().selinux_namespace;
    };
    CHECK(told(std::string(own), true) == SelinuxNamespace::container);
    // What comes later may be the container's own words.
    CHECK(told(std::string(machine) + std::string(own), true) == SelinuxNamespace::machine);
    CHECK_FALSE(told(std::string(own), false));
}
