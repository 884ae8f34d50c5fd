#include "fake_kernel.hpp"
#include "selns-run/kernel.hpp"
#include "selns-run/launch_file.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

using namespace selns;
using namespace selns::run;

TEST_CASE("what exists is labelled in the table's order, and directories are made") {
    FakeKernel kernel;
    const int root = kernel.open_image();
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
    const int root = kernel.open_image();
    LaunchFile launch;
    launch.labels = {{"/dev", "a:b:dev"}};
    kernel.fail_at = 3; // /, into it
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
    const int root = kernel.open_image();
    kernel.open_errors["/image/run"] = -ELOOP;
    LaunchFile launch;
    launch.labels = {{"/run/x", "a:b:c"}};
    CHECK_THROWS_AS(label_container(kernel, root, launch), Error);
    CHECK(std::ranges::none_of(kernel.calls,
                               [](const std::string& call) { return call.starts_with("label"); }));
}

TEST_CASE("labels on real files stay below the root") {
    namespace fs = std::filesystem;
    Kernel& kernel = linux_kernel();
    const test::TempDir image;
    const test::TempDir host;
    const fs::path victim = host.write("victim", "");
    const auto label_of = [](const fs::path& path) {
        std::array<char, 100> label{};
        return ::lgetxattr(path.c_str(), "security.selinux", label.data(), label.size()) < 0
                   ? std::string()
                   : std::string(label.data());
    };
    if (::lsetxattr(victim.c_str(), "security.selinux", "a:b:old", 8, 0) != 0)
        return; // not root, or no labels on this file system
    const fs::path here = fs::current_path();
    const Handle root(kernel, kernel.openat2(AT_FDCWD, image.path().string(),
                                             O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0));
    LaunchFile launch;

    SECTION("a link is labelled itself") {
        fs::create_symlink(victim, image.path() / "link");
        launch.labels = {{"/link", "a:b:new"}};
        label_container(kernel, root.get(), launch);
        CHECK(label_of(image.path() / "link") == "a:b:new");
    }
    SECTION("nothing is labelled behind one") {
        fs::create_directory_symlink(host.path(), image.path() / "run");
        launch.labels = {{"/run/victim", "a:b:new"}};
        CHECK_THROWS_AS(label_container(kernel, root.get(), launch), Error);
    }
    SECTION("nothing is made behind one") {
        fs::create_directory_symlink(host.path(), image.path() / "run");
        launch.directories = {{"/run/made", 0755, "a:b:new"}};
        CHECK_THROWS_AS(label_container(kernel, root.get(), launch), Error);
    }
    SECTION("a link in the place of a directory") {
        fs::create_directory_symlink(host.path(), image.path() / "run");
        launch.directories = {{"/run", 0700, "a:b:new"}};
        CHECK_THROWS_AS(label_container(kernel, root.get(), launch), Error);
    }
    SECTION("directories have their modes whatever the umask") {
        const mode_t before = ::umask(077);
        launch.directories = {{"/run", 0755, "a:b:new"}, {"/run/lock", 01777, "a:b:new"}};
        label_container(kernel, root.get(), launch);
        ::umask(before);
        CHECK((fs::status(image.path() / "run/lock").permissions() & fs::perms::mask) ==
              static_cast<fs::perms>(01777));
        CHECK(label_of(image.path() / "run/lock") == "a:b:new");
    }
    fs::current_path(here);
    CHECK(label_of(victim) == "a:b:old");
    CHECK_FALSE(fs::exists(host.path() / "made"));
}
