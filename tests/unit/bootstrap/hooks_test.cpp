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

TEST_CASE_METHOD(Hooks, "the setup hook hands over configuration and drops the host's name") {
    dir.write("root/etc/hostname", "build-machine\n");
    dir.write("root/etc/resolv.conf", "nameserver 192.0.2.1\n");
    dir.write("root/etc/apt/apt.conf.d/x", "");
    dir.write("root/etc/apt/sources.list.d/x", "");
    dir.write("root/etc/dpkg/dpkg.cfg.d/x", "");
    dir.write("run/apt.conf", "Acquire::Retries \"2\";\n");
    dir.write("run/known", "nginx\nless\n");
    script("bin/apt-get", "#!/bin/sh\necho \"$APT_CONFIG $*\" >> \"${0%/*}/asked\"\n");
    const auto hook = script("run/hooks/setup", bootstrap::setup_hook());
    const auto root = dir.path() / "root";
    const auto bin = dir.path() / "bin";
    REQUIRE(run({"env", "PATH=" + bin.string() + ":/usr/bin:/bin", "MMDEBSTRAP_APT_CONFIG=/conf",
                 hook.string(), root.string()})
                .ok());
    CHECK(test::read_text(bin / "asked") ==
          "/conf update --error-on=any\n/conf --simulate install nginx less\n");
    CHECK_FALSE(std::filesystem::exists(root / "etc/hostname"));
    CHECK(test::read_text(root / "etc/resolv.conf") == "nameserver 192.0.2.1\n");
    CHECK(test::read_text(root / "etc/apt/apt.conf.d/00selns-build") ==
          "Acquire::Retries \"2\";\n");
    CHECK(test::read_text(root / "etc/dpkg/dpkg.cfg.d/00selns-build") == "force-unsafe-io\n");
}

TEST_CASE_METHOD(Hooks, "the setup hook begins with the base, unless that is old") {
    dir.write("base/etc/apt/apt.conf.d/x", "");
    dir.write("base/etc/dpkg/dpkg.cfg.d/x", "");
    dir.write("base/etc/motd", "of the base\n");
    dir.write("run/apt.conf", "");
    dir.write("run/x", "");
    const auto root = dir.path() / "root";
    const auto bin = dir.path() / "bin";
    std::filesystem::create_directory(root);
    REQUIRE(run({"tar", "-c", "-C", (dir.path() / "base").string(), "-f",
                 (dir.path() / "run/base.tar").string(), "."})
                .ok());
    const auto hook = script("run/hooks/setup", bootstrap::setup_hook());
    const auto setup = [&](const std::string& simulated) {
        script("bin/apt-get", "#!/bin/sh\n[ \"$1\" = update ] || echo '" + simulated + "'\n");
        return run({"env", "PATH=" + bin.string() + ":/usr/bin:/bin", "MMDEBSTRAP_APT_CONFIG=/conf",
                    hook.string(), root.string()});
    };
    CHECK(setup("0 upgraded").ok());
    CHECK(test::read_text(root / "etc/motd") == "of the base\n");
    const auto old = setup("Inst libc6 [2.36-9] (2.36-10 Debian:12/stable [amd64])");
    CHECK_FALSE(old.ok());
    CHECK_THAT(old.error_tail, ContainsSubstring("selns-build: base is old"));
}
