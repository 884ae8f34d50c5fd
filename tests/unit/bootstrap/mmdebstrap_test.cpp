#include "selns/bootstrap/mmdebstrap.hpp"
#include "support/catch.hpp"

using namespace selns;
using bootstrap::Mode;

TEST_CASE("mmdebstrap can keep a root that hooks fill") {
    const auto arguments = bootstrap::keeping_arguments({.mode = Mode::root,
                                                         .run = "/run",
                                                         .hooks = {"setup", "customize"},
                                                         .skipped = "chroot/mount",
                                                         .output = "/out.tar"});
    CHECK(arguments ==
          std::vector<std::string>{"--mode=root", "--variant=custom", "--verbose",
                                   "--skip=check/signed-by,setup,update,cleanup,chroot/policy-rc.d,"
                                   "chroot/start-stop-daemon,chroot/mount",
                                   "--format=tar", "--setup-hook=/run/hooks/setup",
                                   "--customize-hook=/run/hooks/customize", "--", "unstable",
                                   "/out.tar", ""});
}

TEST_CASE("local packages keep what says of which kind they are") {
    bootstrap::Changes changes;
    changes.local_packages = {{"/recipes/own one.rpm", {}}, {"/recipes/b.deb", {}}};
    CHECK(bootstrap::uploaded_packages(changes, "/run") ==
          std::vector<std::filesystem::path>{"/run/packages/1.rpm", "/run/packages/2.deb"});
}
