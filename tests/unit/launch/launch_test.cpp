#include "selns/base/error.hpp"
#include "selns/launch/launch.hpp"
#include "selns/launch/unit_text.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "unit/launch/inputs.hpp"

#include <nlohmann/json.hpp>

using namespace selns::launch;
using namespace selns::launch::test;
using selns::test::compare_golden;

TEST_CASE("The launch files of an ordinary image") {
    auto inputs = ordinary();
    inputs.bundle = "web.kernel";
    inputs.initramfs = "web.initramfs";
    const auto files = render(inputs);
    REQUIRE(files.size() == 7);
    for (const auto& file : files)
        CHECK(compare_golden("unit/launch/golden/" + file.name, file.content) == "");
}

TEST_CASE("Without an ext4 image the unit starts an unpacked tree") {
    auto inputs = ordinary();
    inputs.images.pop_back();
    inputs.enforcing = true;
    inputs.namespace_loader = PolicyLoader::image_systemd_patched;
    CHECK(compare_golden("unit/launch/golden/tar-only.service",
                         content_of(inputs, "web.service")) == "");
    CHECK(compare_golden("unit/launch/golden/tar-only@web.service",
                         content_of(inputs, "selns@web.service")) == "");
    const auto json = nlohmann::json::parse(content_of(inputs, "web.launch.json"));
    CHECK(json["policy"]["mode"] == "enforcing");
    CHECK(json["policy_loader"]["namespace"] == "image-systemd-patched");
    CHECK_FALSE(json["kernel"]["config"]["always"].contains("CONFIG_EXT4_FS"));
}

TEST_CASE("launch.json tells a program what it needs, the same way each time") {
    const auto text = content_of(ordinary(), "web.launch.json");
    CHECK(text == content_of(ordinary(), "web.launch.json"));
    const auto json = nlohmann::json::parse(text);
    CHECK(json["schema"] == schema_version);
    CHECK(json["images"][1]["file"] == "web.ext4");
    CHECK(json["images"][1]["size"] == 536870912);
    CHECK(json["policy_loader"] ==
          nlohmann::json{{"namespace", "nobody"}, {"vm", "image-systemd"}});
    CHECK(json["kernel"]["config"]["namespace"]["CONFIG_SECURITY_SELINUX_NS"] == "y");
    CHECK(json["kernel"]["policy_version"] == 33);
    CHECK(json["vm"]["memory"] == 1073741824);
}

TEST_CASE("Special characters of a path stay characters") {
    auto inputs = ordinary();
    inputs.directory = "/srv/50% $HOME \"x\" \\y {{name}} <&> 'z'; é";
    const auto unit = content_of(inputs, "web.service");
    CHECK_THAT(unit, ContainsSubstring("\"--image=/srv/50%% $$HOME \\\"x\\\" \\\\y {{name}} <&> "
                                       "'z'; é/web.ext4\"\n"));
    CHECK_THAT(unit,
               ContainsSubstring("RequiresMountsFor=\"/srv/50%% $HOME \\\"x\\\" \\\\y {{name}} "
                                 "<&> 'z'; é/web.ext4\"\n"));
    CHECK_THAT(content_of(inputs, "selns@web.service"),
               ContainsSubstring(" \"--launch=/srv/50%% $$HOME \\\"x\\\" \\\\y {{name}} <&> 'z'; "
                                 "é/web.launch.json\" \"/srv/50%% $$HOME "));
}

TEST_CASE("The OCI configuration is JSON whatever the directory is called") {
    auto inputs = ordinary();
    inputs.directory = "/srv/50% \"x\" \\y {{name}} é";
    const auto json = nlohmann::json::parse(content_of(inputs, "web.oci.json"));
    CHECK(json["mounts"].back()["source"] == inputs.directory + "/web.launch.json");
    CHECK(json["root"]["path"] == "/var/lib/machines/web");
    // SELinux's transitions need both.
    CHECK(json["process"]["noNewPrivileges"] == false);
    CHECK_FALSE(json["root"].contains("options"));
}

TEST_CASE("A virtual machine's file needs a disk and a kernel, and perhaps no initramfs") {
    auto inputs = ordinary();
    CHECK(content_of(inputs, "web.qemu.conf").empty());
    inputs.bundle = "web.kernel";
    CHECK_THAT(content_of(inputs, "web.qemu.conf"), !ContainsSubstring("initrd"));
    inputs.images.pop_back();
    CHECK(content_of(inputs, "web.qemu.conf").empty());
}

TEST_CASE("Values that could break out of a file are refused") {
    const auto refused = [](auto change) {
        auto inputs = ordinary();
        change(inputs);
        CHECK_THROWS_AS(render(inputs), selns::Error);
    };
    refused([](Inputs& i) { i.name = "web\nExecStart=/bin/sh"; });
    refused([](Inputs& i) { i.name = "../web"; });
    refused([](Inputs& i) { i.name = ""; });
    refused([](Inputs& i) { i.name = "-web"; });
    refused([](Inputs& i) { i.hostname = "a b"; });
    refused([](Inputs& i) { i.directory = "/srv\nExecStart=/bin/sh"; });
    refused([](Inputs& i) { i.directory = "srv"; });
    refused([](Inputs& i) { i.directory = "/srv/\xff"; });
    refused([](Inputs& i) { i.policy_type = "a\x1b[2J"; });
    refused([](Inputs& i) { i.images[0].file = "../../etc/shadow"; });
    refused([](Inputs& i) { i.initramfs = "a\"\n[chardev]"; });
}

TEST_CASE("A kernel beside the images is named, and read back") {
    auto inputs = ordinary();
    CHECK_FALSE(
        nlohmann::json::parse(content_of(inputs, "web.launch.json"))["kernel"].contains("bundle"));
    inputs.bundle = "web.kernel";
    const auto text = content_of(inputs, "web.launch.json");
    CHECK(nlohmann::json::parse(text)["kernel"]["bundle"] == "web.kernel");
    CHECK(parse_launch(text, "web.launch.json").bundle == "web.kernel");
    inputs.bundle = "../web.kernel";
    CHECK_THROWS_WITH(render(inputs), ContainsSubstring("the kernel bundle"));
}
