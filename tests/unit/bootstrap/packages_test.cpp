#include "selns/bootstrap/packages.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::bootstrap;

namespace {

constexpr const char* dpkg_status =
    "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2\n"
    "Description: a\n Package: not a field\n\n"
    "Package: removed\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n\n"
    "Package: half\nStatus: install reinstreq half-installed\nArchitecture: all\nVersion: 1\n\n"
    "Package: adduser\nVersion: 3.1\nArchitecture: all\nStatus: hold ok installed\n";

tree::Inode file(std::string text) {
    tree::Inode inode;
    inode.content = tree::Content::bytes(std::move(text));
    return inode;
}

} // namespace

TEST_CASE("installed packages are read from dpkg's status") {
    tree::Tree tree;
    CHECK(packages(tree).empty());
    tree.put("/var/lib/dpkg/status", file(dpkg_status));
    CHECK(packages(tree) ==
          std::vector<Package>{{"adduser", "3.1", "all"}, {"zlib1g", "1:1.2", "amd64"}});
}

TEST_CASE("images without dpkg have one file for each package") {
    tree::Tree tree;
    tree.put("/var/lib/dpkg/status.d/base",
             file("Package: base\nVersion: 12\nArchitecture: all\n"));
    tree.put("/var/lib/dpkg/status.d/base.md5sums", file("Package: wrong\nVersion: 0\n"));
    CHECK(packages(tree) == std::vector<Package>{{"base", "12", "all"}});
}

TEST_CASE("a status file that is no such thing yields nothing") {
    CHECK(parse_status(std::string("\0\xff\n:\nPackage:\n\n\n", 15), true).empty());
    CHECK(parse_status("Package", true).empty());
    tree::Tree tree;
    tree.put("/var/lib/dpkg/status.d", file("x"));
    CHECK(packages(tree).empty());
}
