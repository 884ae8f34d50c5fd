#include "selns/base/error.hpp"
#include "selns/kernel/check.hpp"
#include "selns/kernel/fragments.hpp"
#include "selns/kernel/recipe.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::kernel;
using Catch::Contains;

namespace {

Config config_of(const std::string& text) {
    return merge_fragments({{"test", text}});
}

const Verdict& verdict(const Examination& examination, Mode mode) {
    for (const Verdict& each : examination.verdicts)
        if (each.mode == mode)
            return each;
    throw std::logic_error("no verdict");
}

std::string detail_of(const std::vector<Finding>& findings, std::string_view id) {
    for (const Finding& finding : findings)
        if (finding.id == id)
            return finding.detail;
    return "none";
}

// As Debian configures its cloud kernel, what matters here.
const std::string debian_config = R"(CONFIG_SECURITY=y
CONFIG_SECURITY_NETWORK=y
CONFIG_SECURITY_SELINUX=y
CONFIG_SECURITY_APPARMOR=y
CONFIG_LSM="landlock,lockdown,yama,loadpin,safesetid,integrity,apparmor,selinux,smack,tomoyo,bpf"
CONFIG_AUDIT=y
CONFIG_EXT4_FS=m
CONFIG_EXT4_FS_SECURITY=y
CONFIG_TMPFS=y
CONFIG_TMPFS_XATTR=y
CONFIG_DEVTMPFS=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_VIRTIO_PCI=m
CONFIG_VIRTIO_BLK=m
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
)";

} // namespace

TEST_CASE("a distribution's kernel serves as a virtual machine's") {
    const auto examination = examination_of(config_of(debian_config));
    CHECK(state_of(examination.findings, "selinux") == State::yes);
    CHECK(state_of(examination.findings, "selinux-default") == State::no);
    CHECK(state_of(examination.findings, "ext4") == State::module);
    CHECK(state_of(examination.findings, "overlay") == State::no);
    CHECK(detail_of(examination.findings, "overlay") == "no CONFIG_OVERLAY_FS");
    const Verdict& vm = verdict(examination, Mode::vm);
    CHECK(vm.works == State::yes);
    REQUIRE(vm.notes.size() == 2);
    CHECK_THAT(vm.notes[0], Contains("initramfs") && Contains("virtio disks") && Contains("ext4"));
    CHECK_THAT(vm.notes[1], Contains("security=selinux"));
    const Verdict& namespaced = verdict(examination, Mode::namespaced);
    CHECK(namespaced.works == State::no);
    CHECK_THAT(namespaced.reasons.front(), Contains("CONFIG_SECURITY_SELINUX_NS"));
}

TEST_CASE("modules need an initramfs") {
    const auto examination = examination_of(config_of(debian_config + "CONFIG_BLK_DEV_INITRD=n\n"));
    const Verdict& vm = verdict(examination, Mode::vm);
    CHECK(vm.works == State::no);
    CHECK_THAT(vm.reasons.front(), Contains("no initramfs to load them"));
}

TEST_CASE("the shipped fragments give what their kernels provide") {
    for (const char* name : {"selinuxns", "debian-source"}) {
        const Recipe recipe = load(name);
        const auto examination = examination_of(merge_fragments(recipe.fragments));
        for (const std::string& ability : recipe.provides) {
            INFO(ability);
            CHECK(state_of(examination.findings, ability) == State::yes);
        }
        const Verdict& vm = verdict(examination, Mode::vm);
        CHECK(vm.works == State::yes);
        CHECK(vm.notes.empty());
    }
    const auto examination = examination_of(merge_fragments(load("selinuxns").fragments));
    const Verdict& namespaced = verdict(examination, Mode::namespaced);
    CHECK(namespaced.works == State::yes);
    REQUIRE(namespaced.notes.size() == 1);
    CHECK_THAT(namespaced.notes[0], Contains("directory checks"));
}

TEST_CASE("which security module decides") {
    const auto chosen = [](const std::string& lines) {
        return selinux_default(config_of("CONFIG_SECURITY_SELINUX=y\n" + lines)).state;
    };
    CHECK(chosen("CONFIG_LSM=\"yama,selinux,apparmor\"\n") == State::yes);
    CHECK(chosen("CONFIG_LSM=\"yama,apparmor,selinux\"\n") == State::no);
    CHECK(chosen("CONFIG_LSM=\"\"\n") == State::no);
    CHECK(chosen("CONFIG_LSM=\"selinux\"\nCONFIG_SECURITY_SELINUX_BOOTPARAM_VALUE=0\n") ==
          State::no);
    CHECK(chosen("CONFIG_DEFAULT_SECURITY_SELINUX=y\n") == State::yes);
    CHECK(chosen("") == State::no);
    CHECK(selinux_default(config_of("CONFIG_LSM=\"selinux\"\n")).state == State::no);
}

TEST_CASE("what is examined") {
    const test::TempDir dir;
    const auto file =
        dir.write("config", "#\n# Linux/x86 6.1.0-9 Kernel Configuration\n#\n" + debian_config);
    auto examination = examine(file);
    CHECK(examination.release == "6.1.0-9");
    CHECK(state_of(examination.findings, "audit") == State::yes);

    dir.write("b/config", debian_config);
    dir.write("b/vmlinuz", "x");
    dir.write("b/manifest.json", R"({"name": "k", "version": "6.1.0-k"})");
    examination = examine(dir.path() / "b");
    CHECK(examination.release == "6.1.0-k");
    CHECK(state_of(examination.findings, "audit") == State::yes);

    for (const auto& wrong : {dir.write("text", "hello\n"), dir.write("empty", ""),
                              dir.path() / "missing", dir.write("binary", std::string("\0\1\2", 3)),
                              dir.path(), dir.write("damaged", "\x1f\x8b\x08garbage")})
        CHECK_THROWS_AS(examine(wrong), Error);
    std::filesystem::resize_file(file, std::uintmax_t{1} << 30U);
    CHECK_THROWS_WITH(examine(file), Contains("is larger than"));
}
