#include "selns/doctor/doctor.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <set>

using namespace selns;
using doctor::Finding;
using doctor::State;

namespace {

// A host where all programs are installed but those in `missing`; running one does nothing.
class FakeRunner final : public process::Runner {
  public:
    std::set<std::string> missing;
    std::string help; // of systemd-nspawn

    process::Result run(const process::Command& command) override {
        if (command.on_output)
            command.on_output(help);
        return {};
    }
    std::optional<std::filesystem::path> find(const std::string& program) const override {
        if (missing.contains(program))
            return {};
        return "/usr/bin/" + program;
    }
};

constexpr const char* keyring = "usr/share/keyrings/debian-archive-keyring.gpg";

struct Fixture {
    test::TempDir dir;
    Interrupt interrupt;
    FakeRunner runner;
    cache::Store cache{dir.path() / "cache", interrupt};
    progress::NullSink sink;
    Context context{runner, interrupt, cache, sink, {}};
    doctor::Host host{dir.path(), 1000, "user", true};
    recipe::Recipe recipe;

    Fixture() {
        dir.write("etc/subuid", "other:100000:65536\nuser:165536:65536\n");
        dir.write("etc/subgid", "1000:165536:65536\n");
        dir.write("proc/sys/kernel/unprivileged_userns_clone", "1\n");
        dir.write(keyring, "");
        recipe.images = {{&image::format("ext4"), {}, {}}};
        recipe.launch.kernel = "debian";
    }
    std::vector<Finding> examine(bool with_recipe = false) const {
        return doctor::examine(host, with_recipe ? &recipe : nullptr, context);
    }
    Finding find(const std::string& name, bool with_recipe = false) const {
        const auto all = examine(with_recipe);
        const auto found = std::ranges::find(all, name, &Finding::name);
        REQUIRE(found != all.end());
        return *found;
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "A host with everything can bootstrap without root") {
    CHECK(find("debian").works == State::yes);
    CHECK(find("debian").detail == "rootless");
    CHECK(find("modules and labels").works == State::yes);
    CHECK(find("ext4").works == State::yes);
    CHECK(find("virtual machine").works == State::yes);
    CHECK_FALSE(doctor::is_missing(examine()));
}

TEST_CASE_METHOD(Fixture, "What is not installed is named with its package") {
    runner.missing = {"mmdebstrap", "newuidmap", "mke2fs", "qemu-system-x86_64"};
    CHECK(find("debian").fix == "apt-get install mmdebstrap uidmap");
    CHECK(find("ext4").fix == "apt-get install e2fsprogs");
    CHECK(find("virtual machine").works == State::no);
    CHECK(find("tar").works == State::yes);
    host.user = 0;
    CHECK(find("debian").fix == "apt-get install mmdebstrap");
}

TEST_CASE_METHOD(Fixture, "An ordinary user needs subordinate ids and user namespaces") {
    SECTION("no ids of this user") {
        dir.write("etc/subgid", "other:1:65536\n");
        CHECK_THAT(find("debian").detail, ContainsSubstring("/etc/subgid"));
        CHECK_THAT(find("debian").fix, ContainsSubstring("usermod --add-subuids"));
    }
    SECTION("too few") {
        dir.write("etc/subuid", "user:1:10\n");
        CHECK(find("debian").works == State::no);
    }
    SECTION("a kernel that refuses") {
        dir.write("proc/sys/kernel/unprivileged_userns_clone", "0\n");
        CHECK_THAT(find("debian").fix, ContainsSubstring("sysctl"));
    }
    host.user = 0;
    CHECK(find("debian").works == State::yes);
}

TEST_CASE_METHOD(Fixture, "Without a sandbox no policy work is done") {
    host.sandbox = false;
    CHECK_THAT(find("modules and labels").fix, ContainsSubstring("user_namespaces"));
    host.user = 0;
    CHECK_THAT(find("modules and labels").fix, ContainsSubstring("CAP_SYS_ADMIN"));
}

TEST_CASE_METHOD(Fixture, "systemd-nspawn is asked whether it is the patched one") {
    CHECK(find("patched systemd-nspawn").works == State::no);
    runner.help = "     --selinux-namespace   Run in an own one\n";
    CHECK(find("patched systemd-nspawn").works == State::yes);
}

TEST_CASE_METHOD(Fixture, "A recipe marks what it needs") {
    const auto needed = [&] {
        std::set<std::string> names;
        for (const Finding& finding : examine(true))
            if (finding.needed)
                names.insert(finding.name);
        return names;
    };
    CHECK(needed() ==
          std::set<std::string>{"debian", "modules and labels", "ext4", "virtual machine"});
    CHECK_FALSE(doctor::is_missing(examine(true)));
    recipe.images = {{&image::format("tar"), {}, {}}};
    recipe.selinux.denials.module = {"policy/web.te", {}};
    recipe.launch.mode = recipe::LaunchMode::namespaced;
    CHECK(needed() == std::set<std::string>{"debian", "modules and labels", "modules in .te", "tar",
                                            "own SELinux namespace"});
}

TEST_CASE_METHOD(Fixture,
                 "Without the keys of its archives a recipe's distribution cannot be made") {
    std::filesystem::remove(dir.path() / keyring);
    CHECK(find("debian").works == State::yes);
    CHECK(find("debian", true).works == State::no);
    CHECK(find("debian", true).fix == "apt-get install debian-archive-keyring");
    CHECK(doctor::is_missing(examine(true)));
}

TEST_CASE_METHOD(Fixture, "Only what the recipe needs decides about the status") {
    runner.missing = {"checkmodule"};
    CHECK_FALSE(doctor::is_missing(examine(true)));
    recipe.selinux.denials.module = {"policy/web.te", {}};
    CHECK(doctor::is_missing(examine(true)));
}

TEST_CASE_METHOD(Fixture, "A module in .te is what is compiled, local or not") {
    const auto needed = [&] { return find("modules in .te", true).needed; };
    recipe.selinux.denials.module = {"policy/web.cil", {}};
    recipe.selinux.modules = {{"policy/app.pp", {}}, {"policy/lib.cil", {}}};
    CHECK_FALSE(needed());
    recipe.selinux.modules.push_back({"policy/net.te", {}});
    CHECK(needed());
}
