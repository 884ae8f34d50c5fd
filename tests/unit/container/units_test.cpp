#include "selns/container/units.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>

#include <string>
#include <string_view>

using namespace selns;
using container::UnitFile;

namespace {

void put(tree::Tree& tree, std::string_view path, std::string text) {
    tree::Inode inode;
    inode.content = tree::Content::bytes(std::move(text));
    tree.put(path, std::move(inode));
}

std::vector<UnitFile> files_of(const std::string& text, std::string_view name = "a.service") {
    tree::Tree tree;
    put(tree, "/usr/lib/systemd/system/" + std::string(name), text);
    return container::files_of_units(tree);
}

bool operator==(const std::vector<UnitFile>& found, const std::vector<UnitFile>& expected) {
    return std::equal(found.begin(), found.end(), expected.begin(), expected.end());
}

} // namespace

TEST_CASE("Sockets, FIFOs and directories of units are found") {
    tree::Tree tree;
    put(tree, "/usr/lib/systemd/system/journald.socket",
        "[Socket]\nListenStream=/run/systemd/journal/stdout\n ListenDatagram = "
        "/run/systemd/journal/socket \nListenFIFO=%t/initctl\n");
    put(tree, "/lib/systemd/system/x.service", "[Service]\nRuntimeDirectory=a/b c\n");
    put(tree, "/etc/systemd/system/y.service",
        "[Service]\nStateDirectory=y:z\nCacheDirectory=y\nLogsDirectory=y\n");
    CHECK(container::files_of_units(tree) ==
          std::vector<UnitFile>{{"/run/a/b", S_IFDIR},
                                {"/run/c", S_IFDIR},
                                {"/run/initctl", S_IFIFO},
                                {"/run/systemd/journal/socket", S_IFSOCK},
                                {"/run/systemd/journal/stdout", S_IFSOCK},
                                {"/var/cache/y", S_IFDIR},
                                {"/var/lib/y", S_IFDIR},
                                {"/var/log/y", S_IFDIR}});
}

TEST_CASE("/var/run is /run") {
    CHECK(files_of("ListenStream=/var/run/x/y\n") == std::vector<UnitFile>{{"/run/x/y", S_IFSOCK}});
}

TEST_CASE("What is no file, or not known before the unit starts, is left out") {
    for (const char* line :
         {"ListenStream=127.0.0.1:80", "ListenStream=8080", "ListenStream=@abstract",
          "ListenStream=/run/%i", "RuntimeDirectory=user-%i", "RuntimeDirectory=/absolute",
          "RuntimeDirectory=../../etc", "RuntimeDirectory=..", "RuntimeDirectory=",
          "#RuntimeDirectory=a", "RuntimeDirectoryMode=0755", "ListenStream=/", "Nothing"})
        CHECK(files_of(line).empty());
}

TEST_CASE("Only sockets and services are read") {
    CHECK(files_of("RuntimeDirectory=a\n", "a.timer").empty());
    CHECK(files_of("RuntimeDirectory=a\n", "a.service").size() == 1);
}

TEST_CASE("A unit may be a link, lead nowhere, or be none") {
    tree::Tree tree;
    put(tree, "/usr/share/unit", "RuntimeDirectory=a\n");
    tree::Inode link;
    link.type = tree::FileType::symlink;
    link.target = "/usr/share/unit";
    tree.put("/etc/systemd/system/linked.service", link);
    link.target = "/dev/null";
    tree.put("/etc/systemd/system/masked.service", link);
    tree::Inode directory;
    directory.type = tree::FileType::directory;
    tree.put("/etc/systemd/system/d.service", directory);
    CHECK(container::files_of_units(tree) == std::vector<UnitFile>{{"/run/a", S_IFDIR}});
    CHECK(container::files_of_units(tree::Tree()).empty());
}
