#include "raw_tar.hpp"
#include "selns/base/error.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <string>

using namespace selns;
using namespace selns::tree;
using selns::test::RawTar;

namespace {

void put_layer(Tree& base, const std::string& tar, Limits limits = Limits::from_others(1 << 20)) {
    const test::TempDir dir;
    apply_layer(base, open_read(dir.write("layer.tar", tar)), "layer", limits);
}

std::string layer_refusal(const std::string& tar, const std::string& below = RawTar().end()) {
    Tree base;
    put_layer(base, below);
    try {
        put_layer(base, tar);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.message();
    }
}

// The names of a tree in one line.
std::string names(const Tree& tree) {
    std::string line;
    tree.walk([&](const std::string& path, InodeId, bool) {
        if (path != "/")
            line += path + " ";
    });
    return line;
}

const std::string below = RawTar()
                              .directory("d")
                              .file("d/a", "1")
                              .file("d/b", "2")
                              .directory("d/e")
                              .file("d/e/f", "3")
                              .end();

} // namespace

TEST_CASE("a layer changes, adds and removes") {
    Tree base;
    put_layer(base, below);
    put_layer(base, RawTar()
                        .header({.name = "d", .type = '5', .mode = "0000700"})
                        .file("d/b", "new")
                        .file("d/.wh.a", "")
                        .file("d/c", "4")
                        .end());
    CHECK(names(base) == "/d /d/b /d/c /d/e /d/e/f ");
    CHECK(base.read("/d/b") == "new");
    CHECK(base.inode(*base.find("/d")).mode == 0700);
}

TEST_CASE("a directory that the layer does not have keeps its metadata") {
    Tree base;
    put_layer(base, RawTar().header({.name = "d", .type = '5', .mode = "0000711"}).end());
    put_layer(base, RawTar().file("d/a", "").end());
    CHECK(base.inode(*base.find("/d")).mode == 0711);
}

TEST_CASE("what aufs keeps for itself is no file, but files may be links to it") {
    for (const std::string dot : {"", "./"}) {
        Tree base;
        put_layer(base, below);
        put_layer(base,
                  RawTar()
                      .file(dot + ".wh..wh.aufs", "")
                      .directory(dot + ".wh..wh.plnk")
                      .file(dot + ".wh..wh.plnk/12.3", "shared")
                      .directory(dot + ".wh..wh.orph")
                      .file(dot + ".wh..wh.orph/7", "")
                      .header({.name = dot + "d/x", .type = '1', .link = dot + ".wh..wh.plnk/12.3"})
                      .header({.name = dot + "d/y", .type = '1', .link = dot + ".wh..wh.plnk/12.3"})
                      .file(dot + "d/.wh.a", "")
                      .end());
        CHECK(names(base) == "/d /d/b /d/e /d/e/f /d/x /d/y ");
        CHECK(base.read("/d/y") == "shared");
        CHECK(base.find("/d/x") == base.find("/d/y"));
    }
}

TEST_CASE("an opaque directory hides what was below, wherever its mark stands") {
    for (const bool first : {true, false}) {
        Tree base;
        put_layer(base, below);
        RawTar layer;
        if (first)
            layer.file("d/.wh..wh..opq", "");
        layer.directory("d").file("d/new", "5").file("d/e/g", "6");
        if (!first)
            layer.file("d/.wh..wh..opq", "");
        put_layer(base, layer.end());
        CHECK(names(base) == "/d /d/e /d/e/g /d/new ");
    }
}

TEST_CASE("a whiteout is for what lies below, not for the layer itself") {
    Tree base;
    put_layer(base, below);
    put_layer(base, RawTar().file("d/a", "again").file("d/.wh.a", "").file("d/.wh.gone", "").end());
    CHECK(base.read("/d/a") == "again");
    put_layer(base, RawTar().file(".wh.d", "").end());
    CHECK(names(base).empty());
    put_layer(base, RawTar().file(".wh..wh.plnk", "").file(".wh..wh..opq", "").end());
    CHECK(names(base).empty());
}

TEST_CASE("a file replaces a directory, and the other way") {
    Tree base;
    put_layer(base, below);
    put_layer(base, RawTar().file("d", "now a file").end());
    CHECK(names(base) == "/d ");
    put_layer(base, RawTar().directory("d").file("d/x", "").end());
    CHECK(names(base) == "/d /d/x ");
    put_layer(base, RawTar().symlink("d", "/etc").end());
    CHECK(base.inode(*base.find("/d", false)).target == "/etc");
    put_layer(base, RawTar().directory("d").end());
    CHECK(base.inode(*base.find("/d", false)).type == FileType::directory);
}

TEST_CASE("a hard link of a layer may lead to a file below it") {
    Tree base;
    put_layer(base, below);
    put_layer(base, RawTar().hard_link("d/link", "d/a").end());
    CHECK(base.find("/d/link") == base.find("/d/a"));
    CHECK_THAT(layer_refusal(RawTar().file("d/.wh.a", "").hard_link("d/link", "d/a").end(), below),
               ContainsSubstring("not in the archive before it"));
}

TEST_CASE("nothing of a layer leads out") {
    CHECK_THAT(layer_refusal(RawTar().file("../x", "").end()),
               ContainsSubstring("a path with \"..\""));
    CHECK_THAT(layer_refusal(RawTar().file("/etc/x", "").end()),
               ContainsSubstring("an absolute path"));
    CHECK_THAT(layer_refusal(RawTar().file("a/../../.wh.x", "").end()),
               ContainsSubstring("a whiteout whose path leads out"));
    CHECK_THAT(layer_refusal(RawTar().file("/.wh.x", "").end()),
               ContainsSubstring("a whiteout whose path leads out"));
    CHECK_THAT(layer_refusal(RawTar().file(".wh...", "").end()),
               ContainsSubstring("a whiteout of nothing"));
    CHECK_THAT(layer_refusal(RawTar().file(".wh.", "").end()),
               ContainsSubstring("a whiteout of nothing"));
    CHECK_THAT(layer_refusal(RawTar().directory(".wh.x").end()),
               ContainsSubstring("a whiteout that is no file"));
    const std::string link = RawTar().symlink("l", "/etc").end();
    CHECK_THAT(layer_refusal(RawTar().file("l/passwd", "").end(), link),
               ContainsSubstring("it lies below l, a symbolic link"));
    Tree base;
    put_layer(base, RawTar().directory("etc").file("etc/passwd", "").symlink("l", "/etc").end());
    put_layer(base, RawTar().file("l/.wh.passwd", "").end());
    CHECK(base.find("/etc/passwd"));
    CHECK_THAT(layer_refusal(RawTar().hard_link("x", "/etc/passwd").end()),
               ContainsSubstring("an absolute path"));
}

TEST_CASE("of devices, a layer may have those of every /dev") {
    const auto device = [](const char* name, char type, const char* minor) {
        return RawTar()
            .header({.name = name, .type = type, .major = "0000001", .minor = minor})
            .end();
    };
    CHECK(layer_refusal(device("dev/null", '3', "0000003")).empty());
    CHECK(layer_refusal(device("./dev/null", '3', "0000003")).empty());
    const char* why = "a device, other than those that every /dev has";
    CHECK_THAT(layer_refusal(device("dev/null", '3', "0000001")),
               ContainsSubstring(why)); // /dev/mem
    CHECK_THAT(layer_refusal(device("dev/mem", '3', "0000001")), ContainsSubstring(why));
    CHECK_THAT(layer_refusal(device("tmp/null", '3', "0000003")), ContainsSubstring(why));
    CHECK_THAT(layer_refusal(device("dev/null", '4', "0000003")), ContainsSubstring(why));
}

TEST_CASE("bombs are refused") {
    Tree base;
    Limits few = Limits::from_others(1000);
    few.entries = 3;
    CHECK_THROWS_WITH(put_layer(base, below, few), ContainsSubstring("too many files"));
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "d/";
    CHECK_THAT(layer_refusal(RawTar().pax("path", deep + "f").file("x", "").end()),
               ContainsSubstring("too many directories in each other"));
    // 8 GiB, said of a small archive.
    CHECK_THAT(layer_refusal(RawTar().header({.name = "f", .size = "100000000000"}).end()),
               ContainsSubstring("larger together than such an archive may hold"));
    CHECK(Limits::from_others(std::uint64_t{1} << 60U).content == std::uint64_t{64} << 30U);
}

TEST_CASE("limits are shared by all layers") {
    const test::TempDir dir;
    Limits rest = Limits::from_others(1000);
    rest.content = 5;
    Tree base;
    const auto layer = [&] {
        return open_read(dir.write("l.tar", RawTar().file("a", "123").end()));
    };
    apply_layer(base, layer(), "one", rest);
    CHECK(rest.content == 2);
    CHECK_THROWS_WITH(apply_layer(base, layer(), "two", rest),
                      ContainsSubstring("larger together"));
}
