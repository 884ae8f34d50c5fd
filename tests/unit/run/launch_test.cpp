#include "fake_kernel.hpp"
#include "selns-run/container.hpp"
#include "support/catch.hpp"

#include <linux/magic.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

using namespace selns;
using namespace selns::run;

namespace {

void give_image(FakeKernel& kernel) {
    kernel.kinds["/run/selns-run"] = S_IFDIR | 0700U;
    kernel.give_image("ext4:", "proc:");
}

Container web() {
    Container container;
    container.name = "web";
    container.hostname = "web";
    container.before.policy_versions = "33";
    container.launch.policy_type = "default";
    container.launch.labels = {{"/dev", "system_u:object_r:device_t:s0"}};
    container.launch.directories = {{"/run/udev", 0755, "system_u:object_r:udev_runtime_t:s0"}};
    return container;
}

// Which call of a launch, counted from 1, is the first that begins with WHAT.
int number_of(const Container& container, const std::string& what) {
    FakeKernel whole;
    give_image(whole);
    { const Launch launch(whole, container, "/images/web.ext4", false); }
    REQUIRE(whole.has(what));
    return static_cast<int>(whole.place(what)) + 1;
}

// What a failed or ended launch leaves on the host, in words.
std::string left_by(const FakeKernel& kernel) {
    std::string left = kernel.processes.empty() ? "" : "processes ";
    left += kernel.open_here().empty() ? "" : "descriptors ";
    for (const auto* things : {&kernel.files, &kernel.directories})
        for (const std::string& path : *things)
            if (path.starts_with("/run/selns-run/web") ||
                path.find("/selns-run-web") != std::string::npos ||
                path.find("/supervisor") != std::string::npos)
                left += path + " ";
    return left;
}

std::size_t last_place(const FakeKernel& kernel, const std::string& what) {
    std::size_t last = 0;
    for (std::size_t i = 0; i < kernel.calls.size(); ++i)
        if (kernel.calls[i].starts_with(what))
            last = i;
    return last;
}

} // namespace

TEST_CASE("a launch goes in its order") {
    FakeKernel kernel;
    give_image(kernel);
    const Container container = web();
    {
        const Launch launch(kernel, container, "/images/web.ext4", false);
        CHECK(kernel.processes.size() == 2);
    }
    CHECK(left_by(kernel) == "");

    CHECK(kernel.out_of_order({"flock /images/web.ext4",
                               "open cgroup2:/selns-run-web/launcher/cgroup.procs",
                               "unshare mounts",
                               "write cgroup2:/selns-run-web/launcher/cgroup.procs 0",
                               "mount_setattr / slave",
                               "configure /dev/loop0 autoclear",
                               "fsmount ext4",
                               "move_mount ext4: /run/selns-run/web",
                               "move_mount tmpfs: ext4:/dev",
                               "move_mount tmpfs: ext4:/tmp",
                               "pivot ext4:",
                               "bpf",
                               "lsm_set 106",
                               "fsopen selinuxfs",
                               "write selinuxfs:/load policy",
                               "send ready",
                               "elsewhere",
                               "label ext4:/dev ",
                               "mkdir ext4:/run/udev",
                               "label ext4:/run/udev ",
                               "move_mount proc: ext4:/proc",
                               "write selinuxfs:/enforce 1",
                               "close_others",
                               "capset",
                               "seccomp",
                               "execve /sbin/init",
                               "send up"}) == "");
    // Nothing is mounted on the host, and no transition to the init's domain is stopped.
    CHECK(kernel.place("move_mount") > kernel.place("mount_setattr / slave"));
    CHECK(kernel.calls[kernel.place("fsmount ext4")] == "fsmount ext4");
    // The policy is read before, and it goes in at once.
    CHECK(kernel.place("read ext4:/etc/selinux/default/policy/policy.33") <
          kernel.place("lsm_set 106"));
    CHECK(last_place(kernel, "write selinuxfs:/load") == kernel.place("write selinuxfs:/load"));
}

TEST_CASE("units are put where systemd looks for them") {
    FakeKernel kernel;
    give_image(kernel);
    const std::string place = "ext4:/run/systemd/system";
    kernel.absent = {"ext4:/run/systemd", place, place + "/default.target.wants"};
    Container container = web();
    container.units = {{"a.service", "[Service]"}};
    { const Launch launch(kernel, container, "/images/web.ext4", false); }
    CHECK(kernel.out_of_order(
              {"label ext4:/run/udev", "mkdir " + place, "mkdir " + place + "/default.target.wants",
               "write " + place + "/a.service [Service]",
               "symlink " + place + "/default.target.wants/a.service /run/systemd/system/a.service",
               "execve /sbin/init"}) == "");
    CHECK(left_by(kernel) == "");
}

TEST_CASE("every failure of a launch is told and leaves nothing") {
    const bool with_command = GENERATE(false, true);
    Container container = web();
    if (with_command)
        container.command = {"/bin/true"};
    container.units = {{"a.service", "[Service]"}};
    FakeKernel whole;
    give_image(whole);
    { const Launch launch(whole, container, "/images/web.ext4", false); }
    const auto count = static_cast<int>(last_place(whole, "send up")) + 1;
    REQUIRE(count > 150);

    int told = 0;
    for (int step = 1; step <= count; ++step) {
        FakeKernel kernel;
        give_image(kernel);
        kernel.fail_at = step;
        bool failed = false;
        std::string message;
        try {
            const Launch launch(kernel, container, "/images/web.ext4", false);
        } catch (const Error& error) {
            failed = true;
            message = error.message();
        }
        const bool said = !failed || (message.starts_with("cannot ") &&
                                      message.find("Success") == std::string::npos);
        told += failed ? 1 : 0;
        if (!said || !left_by(kernel).empty())
            FAIL_CHECK("step " << step << ", " << kernel.failed << ": says \"" << message
                               << "\", leaves " << left_by(kernel));
    }
    // Without: what of cgroups is delegated and given, what of /proc a kernel may lack, leftovers.
    CHECK(told > count - 60);
}

TEST_CASE("what a launch must have is told when it fails") {
    const auto [call, said] = GENERATE(table<std::string, std::string>({
        {"flock /images/web.ext4", "lock /images/web.ext4"},
        {"mkdir cgroup2:/selns-run-web", "make the cgroup"},
        {"unshare mounts", "make namespaces"},
        {"mount_setattr / slave", "keep mounts from the host"},
        {"fsconfig ext4 create", "mount /images/web.ext4 as ext4"},
        {"pivot", "make the container's root the root"},
        {"bpf", "restrict the container's devices"},
        {"lsm_set 106", "make an SELinux namespace"},
        {"write selinuxfs:/load", "load the image's policy"},
        {"label ext4:/dev ", "label /dev as system_u:object_r:device_t:s0"},
        {"move_mount proc: ", "mount on /proc of the container"},
        {"drop 1", "drop a capability"},
        {"capset", "drop capabilities"},
        {"close_others", "close the host's files"},
        {"write selinuxfs:/enforce", "switch to enforcing"},
        {"seccomp", "filter system calls"},
        {"execve", "execute /sbin/init"},
        {"setns proc:/self/ns/cgroup", "change the cgroup namespace"},
        {"setns proc:/self/ns/pid", "stay out of the pid namespace"},
    }));
    const Container container = web();
    FakeKernel kernel;
    give_image(kernel);
    kernel.fail_at = number_of(container, call);
    INFO(call);
    try {
        const Launch launch(kernel, container, "/images/web.ext4", false);
        FAIL("it went on");
    } catch (const Error& error) {
        CHECK_THAT(error.message(), ContainsSubstring(said));
    }
    CHECK(left_by(kernel) == "");
}

TEST_CASE("nothing that an initramfs has mounted is left to a container") {
    FakeKernel kernel;
    give_image(kernel);
    kernel.pivoted = -EINVAL;
    kernel.file_systems["/"] = RAMFS_MAGIC;
    kernel.directories = {"/dev", "/proc", "/modules"};
    kernel.mount_roots = {"/", "/dev", "/proc"};
    const Container container = web();
    SECTION("which is the root of its mount") {
        { const Launch launch(kernel, container, "/images/web.ext4", false); }
        CHECK(kernel.place("move_mount ext4: /") < kernel.place("umount /dev"));
        CHECK(kernel.place("umount /dev") < kernel.place("umount /proc"));
        CHECK(kernel.place("umount /proc") < kernel.place("chroot ext4:"));
        CHECK(kernel.place("chroot ext4:") < kernel.place("execve /sbin/init"));
        CHECK(kernel.mount_roots.size() == 1);
    }
    SECTION("as a directory is not, of a tmpfs that is the root by chroot") {
        kernel.mount_roots.erase("/");
        CHECK_THROWS_WITH(Launch(kernel, container, "/images/web.ext4", false),
                          ContainsSubstring("make the container's root the root"));
    }
    CHECK(left_by(kernel) == "");
}

TEST_CASE("in a delegated cgroup the launcher is beside the container's") {
    FakeKernel kernel;
    give_image(kernel);
    const std::string unit = "cgroup2:/system.slice/web.service";
    kernel.contents["/proc/self/cgroup"] = "0::/system.slice/web.service\n";
    kernel.contents[unit + "#trusted.delegate"] = "1";
    { const Launch launch(kernel, web(), "/images/web.ext4", false); }
    CHECK(kernel.place("write " + unit + "/supervisor-web/cgroup.procs 0") <
          kernel.place("write " + unit + "/cgroup.subtree_control"));
    CHECK(kernel.place("mkdir " + unit + "/selns-run-web/payload") < kernel.calls.size());
    CHECK(kernel.place("mkdir cgroup2:/selns-run-web") == kernel.calls.size());
    CHECK(left_by(kernel) == "");
}

TEST_CASE("in a subgroup of a delegated cgroup the launcher stays") {
    FakeKernel kernel;
    give_image(kernel);
    const std::string unit = "cgroup2:/system.slice/web.service";
    kernel.contents["/proc/self/cgroup"] = "0::/system.slice/web.service/main\n";
    kernel.contents[unit + "#trusted.delegate"] = "1";
    { const Launch launch(kernel, web(), "/images/web.ext4", false); }
    CHECK(kernel.place("mkdir " + unit + "/selns-run-web/payload") < kernel.calls.size());
    CHECK(kernel.place("write " + unit + "/cgroup.subtree_control") < kernel.calls.size());
    CHECK(kernel.place("mkdir " + unit + "/supervisor") == kernel.calls.size());
    CHECK(kernel.place("write " + unit + "/cgroup.procs") == kernel.calls.size());
    CHECK(left_by(kernel) == "");
}

TEST_CASE("the host's own mount of cgroups is used") {
    const std::string path = GENERATE("/sys/fs/cgroup", "/sys/fs/cgroup/unified");
    FakeKernel kernel;
    give_image(kernel);
    kernel.file_systems[path] = CGROUP2_SUPER_MAGIC;
    { const Launch launch(kernel, web(), "/images/web.ext4", false); }
    CHECK(kernel.place("mkdir " + path + "/selns-run-web/payload") < kernel.calls.size());
    CHECK(kernel.place("fsopen cgroup2") > kernel.place("unshare mounts"));
    CHECK(left_by(kernel) == "");
}

TEST_CASE("a container's name or image can be in use") {
    FakeKernel kernel;
    give_image(kernel);
    kernel.fail_with = EWOULDBLOCK;
    const Container container = web();
    SECTION("image") {
        kernel.fail_at = number_of(container, "flock /images/web.ext4");
        CHECK_THROWS_WITH(Launch(kernel, container, "/images/web.ext4", false),
                          ContainsSubstring("in use by another container"));
    }
    SECTION("name: nothing of the other one is removed") {
        kernel.directories = {"/run/selns-run", "/run/selns-run/web"};
        kernel.kinds["/run/selns-run/web"] = S_IFDIR | 0700U;
        kernel.files = {"/run/selns-run/web/lock", "/run/selns-run/web/exec"};
        kernel.fail_at = number_of(container, "flock /run/selns-run/web/lock");
        CHECK_THROWS_WITH(Launch(kernel, container, "/images/web.ext4", false),
                          ContainsSubstring("a container web is running already"));
        CHECK(kernel.files.size() == 2);
        CHECK(kernel.directories.size() == 2);
    }
}

TEST_CASE("a mount target that is a link is refused") {
    const std::string path = GENERATE("/dev", "/sys", "/run", "/tmp", "/proc");
    FakeKernel kernel;
    give_image(kernel);
    kernel.open_errors["ext4:" + path] = -ELOOP;
    const Container container = web();
    CHECK_THROWS_WITH(Launch(kernel, container, "/images/web.ext4", false),
                      ContainsSubstring(path + " of the container is refused"));
    CHECK(left_by(kernel) == "");
}
