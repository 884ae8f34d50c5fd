#include "host_policy.hpp"
#include "selns/base/error.hpp"
#include "selns/policy/place.hpp"
#include "support/catch.hpp"

using namespace selns;
using test::put_text;

namespace {

tree::Tree with_policy(const std::string& type) {
    tree::Tree rootfs;
    put_text(rootfs, "/etc/selinux/" + type + "/policy/policy.31", "");
    put_text(rootfs, "/var/lib/selinux/" + type + "/active/modules/100/base/lang_ext", "pp");
    return rootfs;
}

} // namespace

TEST_CASE("the policy with the highest number is the one that counts") {
    tree::Tree rootfs = with_policy("mls");
    for (const char* name : {"policy.9", "policy.33", "policy.33.bak", "policy.x", "policy.32"})
        put_text(rootfs, std::string("/etc/selinux/mls/policy/") + name, "");
    const auto place = policy::find_place(rootfs, "mls");
    CHECK(place.version == 33);
    CHECK(place.policy == "/etc/selinux/mls/policy/policy.33");
    CHECK(place.contexts == "/etc/selinux/mls/contexts/files/file_contexts");
    CHECK(place.store == "/var/lib/selinux/mls");
}

TEST_CASE("symlinks are followed inside of the tree") {
    tree::Tree rootfs = with_policy("default");
    REQUIRE(rootfs.remove("/etc/selinux"));
    put_text(rootfs, "/usr/etc/selinux/default/policy/policy.30", "");
    tree::Inode link;
    link.type = tree::FileType::symlink;
    link.target = "/usr/etc/selinux";
    rootfs.put("/etc/selinux", link);
    CHECK(policy::find_place(rootfs, "default").policy ==
          "/usr/etc/selinux/default/policy/policy.30");
}

TEST_CASE("the store may be elsewhere, but not outside") {
    tree::Tree rootfs = with_policy("default");
    put_text(rootfs, "/etc/selinux/semanage.conf", "store-root = /etc/selinux/\n");
    put_text(rootfs, "/etc/selinux/default/active/modules/100/base/lang_ext", "pp");
    CHECK(policy::find_place(rootfs, "default").store == "/etc/selinux/default");
    put_text(rootfs, "/etc/selinux/semanage.conf", "store-root = ../../etc\n");
    CHECK(policy::find_place(rootfs, "default").store == "/var/lib/selinux/default");
}

TEST_CASE("a policy that is not there is named, and hostile names are refused") {
    const tree::Tree rootfs = with_policy("default");
    CHECK_THROWS_WITH(policy::find_place(rootfs, "mls"),
                      ContainsSubstring("no policy \"mls\"") &&
                          ContainsSubstring("selinux-policy-mls"));
    for (const char* name : {"", ".", "..", "../default", "a/b", "-x", "a\nb", ".hidden", "a b"}) {
        INFO(name);
        CHECK_FALSE(policy::valid_type(name));
        CHECK_THROWS_AS(policy::find_place(rootfs, name), Error);
    }
}

TEST_CASE("/etc/selinux/config keeps what it does not have to change") {
    tree::Tree rootfs;
    put_text(rootfs, "/etc/selinux/config",
             "# comment\nSELINUX=permissive\n\nSELINUXTYPE=default\nSETLOCALDEFS=0");
    policy::write_config(rootfs, {"mls", "enforcing"}, {5, 0});
    CHECK(rootfs.read("/etc/selinux/config") ==
          "# comment\nSELINUX=enforcing\n\nSELINUXTYPE=mls\nSETLOCALDEFS=0\n");
    CHECK(rootfs.inode(*rootfs.find("/etc/selinux/config")).mtime.seconds == 5);
    policy::write_config(rootfs, {"mls", "enforcing"}, {9, 0});
    CHECK(rootfs.inode(*rootfs.find("/etc/selinux/config")).mtime.seconds == 5);
    const auto config = policy::read_config(rootfs);
    REQUIRE(config);
    CHECK(config->type == "mls");
    CHECK(config->mode == "enforcing");

    tree::Tree empty;
    policy::write_config(empty, {"default", "permissive"}, {});
    CHECK(empty.read("/etc/selinux/config") == "SELINUX=permissive\nSELINUXTYPE=default\n");
    put_text(empty, "/etc/selinux/config", "SELINUXTYPE=../../etc\n");
    CHECK_FALSE(policy::read_config(empty));
}

TEST_CASE("installed modules come from the store") {
    tree::Tree rootfs = with_policy("default");
    const std::string modules = "/var/lib/selinux/default/active/modules/";
    put_text(rootfs, modules + "400/app/lang_ext", "cil");
    put_text(rootfs, modules + "100/xen/lang_ext", "pp");
    put_text(rootfs, modules + "disabled/xen", "");
    const auto found = policy::installed_modules(rootfs, policy::find_place(rootfs, "default"));
    REQUIRE(found.size() == 3);
    CHECK(found[0].name == "app");
    CHECK(found[0].priority == 400);
    CHECK(found[1].name == "base");
    CHECK(found[1].enabled);
    CHECK(found[2].name == "xen");
    CHECK_FALSE(found[2].enabled);
}
