#include "fake_kernel.hpp"
#include "selns-run/policy.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

using namespace selns;
using namespace selns::run;

namespace {

const std::string place = "/image/etc/selinux/default/policy/policy.";

} // namespace

TEST_CASE("the newest policy that the kernel takes is read") {
    FakeKernel kernel;
    const int root = kernel.open_image();
    kernel.contents[place + "35"] = "newer";
    kernel.contents[place + "33"] = "policy";
    kernel.contents[place + "31"] = "older";
    kernel.absent = {place + "34", place + "32"};
    CHECK(read_policy(kernel, root, "default", 34) == "policy");
    CHECK(read_policy(kernel, root, "default", 32) == "older");
    for (int version = 15; version < 40; ++version)
        kernel.absent.insert(place + std::to_string(version));
    CHECK_THROWS_WITH(read_policy(kernel, root, "default", 34),
                      ContainsSubstring("no policy that this kernel takes"));
}

TEST_CASE("a policy has to be a regular file of a sane size") {
    FakeKernel kernel;
    const int root = kernel.open_image();
    const auto kind = static_cast<unsigned>(GENERATE(S_IFIFO, S_IFCHR, S_IFBLK, S_IFDIR, S_IFSOCK));
    kernel.kinds[place + "33"] = kind | 0644U;
    CHECK_THROWS_WITH(read_policy(kernel, root, "default", 33), ContainsSubstring("policy.33"));

    kernel.kinds.clear();
    kernel.sizes[place + "33"] = 2L << 30;
    CHECK_THROWS_WITH(read_policy(kernel, root, "default", 33), ContainsSubstring("too large"));
    kernel.open_errors[place + "33"] = -ELOOP;
    CHECK_THROWS_WITH(read_policy(kernel, root, "default", 33), ContainsSubstring("policy.33"));
}

TEST_CASE("a file that is larger than its size says is not taken") {
    FakeKernel kernel;
    const int file = kernel.open_image();
    kernel.contents["/image"] = std::string(200'000, 'x');
    std::string text;
    CHECK(read_all(kernel, file, text, 100'000) == -EFBIG);
}

TEST_CASE("the image's configuration is read") {
    FakeKernel kernel;
    const int root = kernel.open_image();
    std::string& config = kernel.contents["/image/etc/selinux/config"];
    config = "# SELINUX=disabled\n  SELINUX=enforcing \n\nSELINUXTYPE=targeted\r\n";
    const PolicyChoice choice = read_config(kernel, root);
    CHECK(choice.type == "targeted");
    CHECK(choice.enforcing);
}

TEST_CASE("a configuration that leads elsewhere, or to nothing, is refused") {
    FakeKernel kernel;
    const int root = kernel.open_image();
    kernel.contents["/image/etc/selinux/config"] =
        GENERATE("", "SELINUX=disabled\nSELINUXTYPE=a\n", "SELINUX=enforcing\n",
                 "SELINUX=enforcing\nSELINUXTYPE=../a\n", "SELINUX=enforcing\nSELINUXTYPE=a/b\n",
                 "SELINUX=enforcing\nSELINUXTYPE=..\n");
    CHECK_THROWS_AS(read_config(kernel, root), Error);
}

TEST_CASE("no file of a real image leads elsewhere or holds the launcher up") {
    namespace fs = std::filesystem;
    Kernel& kernel = linux_kernel();
    const test::TempDir image;
    const test::TempDir host;
    const fs::path selinux = image.path() / "etc/selinux";
    const fs::path policy = selinux / "default/policy/policy.33";
    fs::create_directories(policy.parent_path());
    fs::create_directories(host.path() / "default/policy");
    const fs::path secret = host.write("default/policy/policy.33", "secret");
    const Handle root(kernel, kernel.openat2(AT_FDCWD, image.path().string(),
                                             O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0));
    const auto read = [&] { return read_policy(kernel, root.get(), "default", 33); };

    SECTION("a policy") {
        image.write("etc/selinux/default/policy/policy.33", "policy");
        CHECK(read() == "policy");
        return;
    }
    SECTION("a link to the host's") {
        fs::create_symlink(secret, policy);
    }
    SECTION("a link within the image") {
        image.write("etc/other", "policy");
        fs::create_symlink("/etc/other", policy);
    }
    SECTION("a directory on the way is a link") {
        fs::remove_all(selinux);
        fs::create_directory_symlink(host.path(), selinux);
    }
    SECTION("a FIFO") {
        REQUIRE(::mkfifo(policy.c_str(), 0644) == 0);
    }
    SECTION("a device") {
        if (::mknod(policy.c_str(), S_IFCHR | 0644, makedev(1, 5)) != 0)
            return; // not root
    }
    SECTION("2 GB") {
        image.write("etc/selinux/default/policy/policy.33", "");
        fs::resize_file(policy, std::uintmax_t{2} << 30U);
    }
    CHECK_THROWS_WITH(read(), ContainsSubstring("cannot read") && ContainsSubstring("policy.33"));
}

TEST_CASE("the policy goes in by one write") {
    FakeKernel kernel;
    const int fs = kernel.open_image();
    load_policy(kernel, fs, std::string(3U << 20U, 'x'));
    CHECK(std::count_if(kernel.calls.begin(), kernel.calls.end(),
                        [](const std::string& call) { return call.starts_with("write"); }) == 1);
}
