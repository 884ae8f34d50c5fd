#include "host_policy.hpp"
#include "selns/policy/plain_modules.hpp"
#include "selns/selinux/decisions.hpp"
#include "support/catch.hpp"

using namespace selns;

namespace {

policy::Module module_of(std::string text, std::string name = "mine") {
    return {name, "cil", std::move(text), {name + ".cil"}};
}

constexpr const char* rules = "(allow getty_t var_log_t (file (read)))";

struct Image {
    tree::Tree rootfs = test::policy_rootfs();
    policy::Place place = policy::find_place(rootfs, "default");

    bool plain(const std::string& text) { return policy::is_plain(rootfs, place, module_of(text)); }
    std::string add(const policy::Module& module) {
        return policy::add_plain_modules(rootfs, place, {module}, {1700000000, 0});
    }
    std::string active(const std::string& name) { return place.store + "/active/" + name; }
};

} // namespace

TEST_CASE("rules are put into the policy and the store") {
    if (!test::has_host_policy()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    Image image;
    CHECK(image.add(module_of(rules)).empty());
    const std::string policy = image.rootfs.read(image.place.policy).value();
    const auto db = selinux::PolicyDb::read(policy, "policy");
    CHECK(selinux::Decisions(db).rule_allows("getty_t", "var_log_t", "file", "read"));
    CHECK(image.rootfs.read(image.active("policy.kern")) == policy);
    CHECK(image.rootfs.read(image.active("policy.linked")) == policy);
    CHECK(image.rootfs.inode(*image.rootfs.find(image.place.policy)).mode == 0644);
    CHECK_FALSE(image.rootfs.find(image.active("modules_checksum")));
    CHECK(image.rootfs.read(image.active("modules/400/mine/lang_ext")) == "cil");
    CHECK(image.rootfs.read(image.active("modules/400/mine/cil")).value().starts_with("BZh9"));
    const auto& inode =
        image.rootfs.inode(*image.rootfs.find(image.active("modules/400/mine/cil")));
    CHECK((inode.mode == 0600 && inode.uid == 0 && inode.mtime.seconds == 1700000000));
    CHECK(image.add(module_of(rules)) == "the policy has a module mine already");
}

TEST_CASE("a module is compiled where that does more than adding rules") {
    if (!test::has_host_policy()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    Image image;
    CHECK(image.plain(rules));
    CHECK(image.plain("(allow somebody_t var_log_t (file (read)))")); // another module's, perhaps
    CHECK_FALSE(image.plain("(allow domain var_log_t (file (read)))"));
    CHECK_FALSE(image.plain("(type mine_t)"));
    CHECK_FALSE(image.plain("(allow"));
    CHECK(image.add(module_of("(allow somebody_t var_log_t (file (read)))")) ==
          "the policy has no type somebody_t");

    policy::Changes changes;
    changes.modules = {module_of("(type mine_t)", "types"), module_of(rules)};
    changes.show_dontaudit = true;
    CHECK(policy::take_plain(image.rootfs, image.place, changes).empty());
    changes.show_dontaudit = false;
    CHECK(policy::take_plain(image.rootfs, image.place, changes).front().name == "mine");
    CHECK((changes.modules.size() == 1 && changes.modules.front().name == "types"));

    test::put_text(image.rootfs, "/etc/selinux/semanage.conf", "expand-check = 1\n");
    CHECK_FALSE(image.plain(rules));
    test::put_text(image.rootfs, "/etc/selinux/semanage.conf",
                   "expand-check=0\nbzip-blocksize=0\n");
    CHECK(image.plain(rules));

    Image other;
    test::put_text(other.rootfs, other.active("policy.kern"), "damaged");
    CHECK(other.add(module_of(rules)) == "the store's policy is not the one that is loaded");
    CHECK_FALSE(other.rootfs.find(other.active("modules/400/mine")));
    test::put_text(other.rootfs, other.active("disable_dontaudit"), "");
    CHECK(other.add(module_of(rules)) == "the policy was made without its dontaudit rules");
}
