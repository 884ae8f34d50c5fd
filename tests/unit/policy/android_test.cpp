#include "selns/base/error.hpp"
#include "selns/policy/android.hpp"
#include "support/catch.hpp"
#include "unit/policy/put.hpp"

using namespace selns;
using test::put;

TEST_CASE("Android's file contexts come from its partitions, in order") {
    tree::Tree tree;
    CHECK_FALSE(policy::is_android(tree));
    put(tree, "/vendor/etc/selinux/vendor_file_contexts");
    put(tree, "/product/etc/selinux/product_file_contexts");
    put(tree, "/system/system_ext/etc/selinux/system_ext_file_contexts");
    put(tree, "/system/etc/selinux/plat_file_contexts");
    CHECK(policy::is_android(tree));
    CHECK_THROWS_WITH(policy::find_policy(tree, "android"),
                      ContainsSubstring("no compiled policy"));
    put(tree, "/sepolicy");
    CHECK(policy::find_policy(tree, "android").policy == "/sepolicy");
    put(tree, "/vendor/etc/selinux/precompiled_sepolicy");
    const policy::Place place = policy::find_policy(tree, "android");
    CHECK(place.policy == "/vendor/etc/selinux/precompiled_sepolicy");
    CHECK(place.split_contexts ==
          std::vector<std::string>{"/system/etc/selinux/plat_file_contexts",
                                   "/system/system_ext/etc/selinux/system_ext_file_contexts",
                                   "/product/etc/selinux/product_file_contexts",
                                   "/vendor/etc/selinux/vendor_file_contexts"});
    CHECK_FALSE(policy::has_store(tree, place));
}

TEST_CASE("a policy is moved from one root to another") {
    tree::Tree source;
    for (const char* path : {"/etc/selinux/default/policy/policy.33",
                             "/etc/selinux/default/contexts/files/file_contexts",
                             "/var/lib/selinux/default/active/modules/100/base/cil", "/etc/other",
                             "/etc/selinux/semanage.conf", "/etc/selinux/mls/policy/policy.33"})
        put(source, path, "new");
    const tree::Tree part = policy::policy_part(source, "default");
    CHECK_FALSE(part.find("/etc/other"));
    CHECK_FALSE(part.find("/etc/selinux/mls"));

    tree::Tree root;
    put(root, "/etc/selinux/default/policy/policy.34", "old");
    put(root, "/etc/keep", "kept");
    policy::put_policy(root, part, "default");
    CHECK(policy::find_place(root, "default").policy == "/etc/selinux/default/policy/policy.33");
    CHECK(root.read("/etc/keep") == "kept");
    CHECK_THROWS_WITH(policy::policy_part(source, "mls"), ContainsSubstring("active/modules"));
}
