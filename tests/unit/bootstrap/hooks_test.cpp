#include "selns/bootstrap/dnf_files.hpp"
#include "selns/bootstrap/hooks.hpp"
#include "selns/process/process.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace selns;

namespace {

struct Hooks {
    test::TempDir dir;
    Interrupt never;
    process::SystemRunner runner{never};

    process::Result run(std::vector<std::string> argv) {
        process::Command command;
        command.argv = std::move(argv);
        return runner.run(command);
    }
    std::filesystem::path script(std::string_view name, std::string_view text) {
        auto file = dir.write(name, text);
        ::chmod(file.c_str(), 0755);
        return file;
    }
};

// The setup hook, with an apt that offers what a test says; nothing: it fails.
struct Setup : Hooks {
    std::filesystem::path root = dir.path() / "root";
    std::filesystem::path bin = dir.path() / "bin";

    Setup() {
        dir.write("root/etc/apt/apt.conf.d/x", "");
        dir.write("root/etc/dpkg/dpkg.cfg.d/x", "");
        dir.write("run/apt.conf", "");
        dir.write("run/base.packages", "?essential\nthe-policy\n");
        dir.write("run/archives/complete", "");
        script("run/hooks/setup", bootstrap::setup_hook());
    }
    process::Result setup(const std::string& offered) {
        const std::string answer = offered.empty() ? "exit 100" : "echo '" + offered + "'";
        script("bin/apt-get", "#!/bin/sh\nset -e\n[ \"$APT_CONFIG\" = /conf ]\n"
                              "echo \"$*\" >> \"${0%/*}/asked\"\n"
                              "[ \"$1\" = update ] || " +
                                  answer + "\n");
        return run({"env", "PATH=" + bin.string() + ":/usr/bin:/bin", "MMDEBSTRAP_APT_CONFIG=/conf",
                    (dir.path() / "run/hooks/setup").string(), root.string()});
    }
    std::string asked() const { return test::read_text(bin / "asked"); }
};

} // namespace

TEST_CASE_METHOD(Hooks, "the hooks are shell scripts without syntax errors") {
    for (const std::string& text :
         {bootstrap::setup_hook(), bootstrap::customize_hook(), bootstrap::unpack_hook(),
          bootstrap::change_hook(), bootstrap::dnf_hook()}) {
        const auto result = run({"sh", "-n", script("hook", text).string()});
        CHECK(result.error_tail.empty());
        CHECK(result.ok());
    }
}

TEST_CASE_METHOD(Setup, "the setup hook hands over configuration and drops the host's name") {
    dir.write("root/etc/hostname", "build-machine\n");
    dir.write("root/etc/resolv.conf", "nameserver 192.0.2.1\n");
    dir.write("run/apt.conf", "Acquire::Retries \"2\";\n");
    REQUIRE(setup("Inst libc6 (2.36-9 Debian:12/stable [amd64])").ok());
    CHECK(asked() == "update --error-on=any\n"
                     "--simulate install ?essential the-policy\n");
    CHECK_FALSE(std::filesystem::exists(root / "etc/hostname"));
    CHECK(test::read_text(root / "etc/resolv.conf") == "nameserver 192.0.2.1\n");
    CHECK(test::read_text(root / "etc/apt/apt.conf.d/00selns-build") ==
          "Acquire::Retries \"2\";\n");
    CHECK(test::read_text(root / "etc/dpkg/dpkg.cfg.d/00selns-build") == "force-unsafe-io\n");
}

TEST_CASE_METHOD(Setup, "the setup hook begins with the base, when that is what is offered now") {
    const std::string first = "Inst libc6 (2.36-9 Debian:12/stable [amd64])";
    const std::string second = "Inst tar (1.34 Debian:12/stable [amd64])";
    dir.write("base/etc/motd", "of the base\n");
    const auto made = setup(first + "\n" + second);
    REQUIRE(made.ok());
    const std::string mark = "selns-build: offered ";
    const auto at = made.error_tail.find(mark);
    REQUIRE(at != std::string::npos);
    dir.write("run/base.offered", made.error_tail.substr(at + mark.size(), 64) + "\n");
    REQUIRE(run({"tar", "-c", "-C", (dir.path() / "base").string(), "-f",
                 (dir.path() / "run/base.tar").string(), "."})
                .ok());
    // Newer, older, fewer, and an apt that fails.
    for (const std::string& other :
         {"Inst libc6 (2.36-10 Debian:12/stable [amd64])\n" + second,
          "Inst libc6 (2.36-8 Debian:12/stable [amd64])\n" + second, first, std::string()}) {
        CHECK_FALSE(setup(other).ok());
        CHECK_FALSE(std::filesystem::exists(root / "etc/motd"));
    }
    CHECK_THAT(setup(first).error_tail, ContainsSubstring("selns-build: base is old"));
    // In whatever order apt tells it.
    CHECK(setup(second + "\n" + first).ok());
    CHECK(test::read_text(root / "etc/motd") == "of the base\n");
}

TEST_CASE_METHOD(Setup, "the setup hook has packages fetched that are not kept") {
    dir.write("run/fetch", "nginx\nless\n");
    dir.write("run/archives/less_1_all.deb", "kept");
    dir.write("run/archives/nginx_1%3a2_amd64.deb", "");
    const auto archives = dir.path() / "root/var/cache/apt/archives";
    // As if it had been fetched.
    dir.write("root/var/cache/apt/archives/nginx_1%3a2_amd64.deb", "fetched");
    const std::string sum(64, 'a');
    const auto result = setup("http://mirror.example/n.deb nginx_1%3a2_amd64.deb 7 SHA256:" + sum);
    REQUIRE(result.ok());
    CHECK_THAT(result.error_tail, ContainsSubstring("selns-build: wanted nginx_1%3a2_amd64.deb " +
                                                    sum + "\nselns-build: packages wanted\n"));
    CHECK_THAT(result.error_tail, ContainsSubstring("selns-build: packages fetched\n"));
    CHECK_THAT(asked(), ContainsSubstring("--allow-downgrades --download-only install nginx less"));
    CHECK(test::read_text(archives / "less_1_all.deb") == "kept");
    CHECK(test::read_text(dir.path() / "run/archives/nginx_1%3a2_amd64.deb") == "fetched");
}

TEST_CASE_METHOD(Setup, "the setup hook fails when apt does not know a package") {
    dir.write("run/fetch", "nosuch\n");
    dir.write("run/known", "nosuch\n");
    script("bin/apt-get", "#!/bin/sh\ncase \"$*\" in *nosuch*)\n"
                          "echo \"E: Unable to locate package nosuch\" >&2; exit 100;;\nesac\n");
    const auto result =
        run({"env", "PATH=" + bin.string() + ":/usr/bin:/bin", "MMDEBSTRAP_APT_CONFIG=/conf",
             (dir.path() / "run/hooks/setup").string(), root.string()});
    CHECK_FALSE(result.ok());
    CHECK_THAT(result.error_tail, ContainsSubstring("Unable to locate package nosuch"));
}
