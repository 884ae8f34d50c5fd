#include "selns/policy/context_origin.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/policy/put.hpp"

#include <sys/stat.h>

using namespace selns;
using test::put;
using namespace std::string_literals;

TEST_CASE("the module that brought a file context") {
    tree::Tree tree;
    const std::string modules = "/var/lib/selinux/x/active/modules/";
    for (const std::string module : {"100/base", "100/app", "400/app"})
        put(tree, modules + module + "/lang_ext", module.starts_with("4") ? "cil" : "pp");
    put(tree, modules + "100/base/hll",
        "\0\0pp\0/etc/.*\t\tu:r:etc_t:s0\n/etc/shadow.*\t--\tu:r:shadow_t:s0\n"s);
    put(tree, modules + "100/app/cil", "(filecon \"/srv/app\" any (u r old_t ((s0) (s0))))\n");
    put(tree, modules + "400/app/cil",
        "(filecon \"/srv/app\" any (u r new_t ((s0) (s0))))\n"
        "(filecon \"/srv/dir\" dir (u r new_t ((s0) (s0))))\n");
    policy::Place place;
    place.store = "/var/lib/selinux/x";
    const policy::ContextOrigins origins(tree, place, nullptr);
    const auto brought_by = [&](const char* regex, std::uint32_t type) {
        const auto module = origins.find(regex, type);
        return module ? module->name + " " + std::to_string(module->priority) : std::string();
    };
    CHECK(brought_by("/srv/app", 0) == "app 400");
    CHECK(brought_by("/srv/dir", S_IFDIR) == "app 400");
    CHECK(brought_by("/srv/dir", 0).empty());
    CHECK(brought_by("/etc/.*", 0) == "base 100");
    CHECK(brought_by("/etc/shadow.*", S_IFREG) == "base 100");
    CHECK(brought_by("/etc/shadow.*", S_IFDIR).empty());
    CHECK(brought_by("/shadow.*", S_IFREG).empty());
}

TEST_CASE("what modules say is kept as long as they stay the same") {
    tree::Tree tree;
    const std::string module = "/var/lib/selinux/x/active/modules/100/app/";
    const test::TempDir dir;
    const Interrupt interrupt;
    const cache::Store store(dir.path() / "cache", interrupt);
    policy::Place place;
    place.store = "/var/lib/selinux/x";
    const auto says = [&](const char* regex) {
        return policy::ContextOrigins(tree, place, &store).find(regex, 0).has_value();
    };
    put(tree, module + "cil", "(filecon \"/srv/app\" any (u r app_t ((s0) (s0))))\n");
    CHECK(says("/srv/app"));
    CHECK(says("/srv/app"));
    CHECK(store.entries("contexts").size() == 1);
    put(tree, module + "cil", "(filecon \"/srv/web\" any (u r app_t ((s0) (s0))))\n");
    CHECK_FALSE(says("/srv/app"));
    CHECK(says("/srv/web"));
    put(tree, "/var/lib/selinux/x/active/modules/disabled/app");
    CHECK_FALSE(says("/srv/web"));
}

TEST_CASE("a file context that no text of a store could be is none") {
    tree::Tree tree;
    const std::string module = "/var/lib/selinux/x/active/modules/100/app/";
    policy::Place place;
    place.store = "/var/lib/selinux/x";
    put(tree, module + "cil",
        "(filecon \"/a\n/b\" any ())\n(filecon \"/c\" kind ())\n(filecon \"/d\"any)(filecon \"");
    const policy::ContextOrigins origins(tree, place, nullptr);
    for (const char* regex : {"/a", "/b", "/c", "/d", ""})
        CHECK_FALSE(origins.find(regex, 0));
}
