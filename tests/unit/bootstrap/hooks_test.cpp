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
         {bootstrap::setup_hook(), bootstrap::essential_hook(), bootstrap::customize_hook(),
          bootstrap::unpack_hook(), bootstrap::change_hook(), bootstrap::dnf_hook()}) {
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
    dir.write("run/repositories/repository-1.sources", "Types: deb\n");
    const auto hook = script("run/hooks/setup", bootstrap::setup_hook());
    const auto root = dir.path() / "root";
    REQUIRE(run({hook.string(), root.string()}).ok());
    CHECK_FALSE(std::filesystem::exists(root / "etc/hostname"));
    CHECK(test::read_text(root / "etc/resolv.conf") == "nameserver 192.0.2.1\n");
    CHECK(test::read_text(root / "etc/apt/apt.conf.d/00selns-build") ==
          "Acquire::Retries \"2\";\n");
    CHECK(test::read_text(root / "etc/dpkg/dpkg.cfg.d/00selns-build") == "force-unsafe-io\n");
    CHECK(test::read_text(root / "etc/apt/sources.list.d/repository-1.sources") == "Types: deb\n");
}
