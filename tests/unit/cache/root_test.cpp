#include "keys.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/cache/store.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <string>

using namespace selns;
using namespace selns::cache;

namespace {

namespace fs = std::filesystem;

struct Place {
    test::TempDir dir;
    Interrupt interrupt;
    fs::path root = dir.path() / "cache";
    fs::path victim = dir.path() / "victim";

    Place() { dir.write("victim/below/file", "precious"); }

    // Opens the cache and cleans it; what is told when that is refused.
    std::string clean() {
        try {
            Store(root, interrupt).clean(std::numeric_limits<std::int64_t>::max(), false);
        } catch (const Error& error) {
            CHECK_FALSE(error.hint().empty());
            return error.message();
        }
        return "cleaned";
    }
    bool is_whole() const { return test::read_text(victim / "below/file") == "precious"; }
};

} // namespace

TEST_CASE_METHOD(Place, "an empty directory becomes a cache, with a mark") {
    fs::create_directory(root);
    CHECK(clean() == "cleaned");
    CHECK_THAT(test::read_text(root / "CACHEDIR.TAG"),
               ContainsSubstring("Signature: 8a477f597d28d172789f06886806bc55"));
    CHECK(clean() == "cleaned");
    fs::resize_file(root / "CACHEDIR.TAG", 0); // a crash while it was made
    fs::remove_all(root / "locks");
    fs::create_directory(root / "locks");
    CHECK(clean() == "cleaned");
}

TEST_CASE_METHOD(Place, "a directory that is no cache of its own is refused, untouched") {
    SECTION("a checkout") {
        dir.write("cache/lib/selns/a.cpp", "code");
        dir.write("cache/.git/objects/x", "code");
    }
    SECTION("one that looks like a cache in part") {
        dir.write("cache/locks/x", "");
        dir.write("cache/lib/selns/a.cpp", "code");
    }
    SECTION("the cache of another program") {
        dir.write("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
        dir.write("cache/lib/selns/a.cpp", "code");
    }
    SECTION("one with the folders of a cache, and other things in them") {
        const auto file = GENERATE(as<std::string>{}, "locks/inventory.csv", "run/notes.txt",
                                   "staging/website/src/index", "outputs/report.json");
        fs::create_directories(root / "locks");
        dir.write("cache/" + file, "precious");
        CHECK_THAT(clean(), ContainsSubstring("not a cache of selns-build"));
        CHECK(test::read_text(root / file) == "precious");
    }
    SECTION("a checkout with the mark of a cache") {
        const fs::path cache = dir.path() / "other";
        { const Store made(cache, interrupt); }
        dir.write("cache/lib/selns/a.cpp", "code");
        fs::copy_file(cache / "CACHEDIR.TAG", root / "CACHEDIR.TAG");
    }
    SECTION("a link beside locks") {
        dir.write("cache/locks/x", "");
        fs::create_directory_symlink(victim, root / "foo");
    }
    CHECK_THAT(clean(), ContainsSubstring("not a cache of selns-build"));
    CHECK(is_whole());
    CHECK(fs::exists(root / "lib/selns/a.cpp") == fs::exists(root / "lib"));
    CHECK(fs::exists(root / "staging") == fs::exists(root / "staging/website/src/index"));
}

TEST_CASE_METHOD(Place, "a cache of an earlier version is taken over") {
    const std::string key(64, 'a');
    dir.write("cache/bootstrap/" + key + "/inputs.json", "{\"format\": 1}");
    for (const char* name : {"locks", "staging", "run", "outputs"})
        fs::create_directories(root / name);
    CHECK(clean() == "cleaned");
    CHECK_FALSE(fs::exists(root / "bootstrap" / key));
    CHECK(fs::exists(root / "CACHEDIR.TAG"));
}

TEST_CASE_METHOD(Place, "a copy of a cache is one, too") {
    const fs::path other = dir.path() / "other";
    { const Store made(other, interrupt); }
    fs::copy(other, root, fs::copy_options::recursive);
    CHECK(clean() == "cleaned");
    CHECK(test::read_text(root / "CACHEDIR.TAG") != test::read_text(other / "CACHEDIR.TAG"));
}

TEST_CASE_METHOD(Place,
                 "in a cache, nothing is removed but what has a name and traces of its own") {
    { const Store made(root, interrupt); }
    const std::string file = GENERATE("notes/todo/x", "notes/" + test::key("a") + "/inputs.json",
                                      "policy/todo/inputs.json", "policy/" + test::key("a") + "/x",
                                      "locks/inventory.csv", "staging/website/src/index",
                                      "run/notes.txt", "outputs/report.json");
    dir.write("cache/" + file, "precious");
    CHECK(clean() == "cleaned");
    CHECK(test::read_text(root / file) == "precious");
}

TEST_CASE_METHOD(Place, "links in a cache lead to nothing that is removed") {
    { const Store made(root, interrupt); }
    SECTION("in the place of a folder of the cache") {
        const std::string name = GENERATE(as<std::string>{}, "locks", "staging", "run", "outputs");
        fs::remove(root / name);
        fs::create_directory_symlink(victim, root / name);
        CHECK_THAT(
            [&] {
                try {
                    const Store store(root, interrupt);
                } catch (const Error& error) {
                    return error.message();
                }
                return std::string();
            }(),
            ContainsSubstring("cannot make the directory"));
    }
    SECTION("in the place of a kind, an entry or a file") {
        fs::create_directory_symlink(victim, root / "bootstrap");
        const auto entry = root / "policy" / test::key("a");
        fs::create_directories(entry);
        write_file(entry / "inputs.json", "");
        fs::create_directory_symlink(victim, entry / "below");
        fs::create_directory_symlink(victim, root / "policy" / test::key("b"));
        fs::create_directory_symlink(victim, root / "staging/policy-Abc123");
        fs::create_directory_symlink(victim, root / "locks" / ("policy-" + test::key("a")));
        CHECK(clean() == "cleaned");
        CHECK_FALSE(fs::exists(entry));
        CHECK_FALSE(Store(root, interrupt).find("bootstrap", test::key("a")));
    }
    CHECK(is_whole());
}

TEST_CASE_METHOD(Place, "a cache that is a link, or that others can write to, is refused") {
    SECTION("a link") {
        fs::create_directory(dir.path() / "real");
        fs::create_directory_symlink(dir.path() / "real", root);
        CHECK_THAT(clean(), ContainsSubstring("is a symbolic link"));
    }
    SECTION("writable") {
        fs::create_directory(root);
        ::chmod(root.c_str(), 0775);
        CHECK_THAT(clean(), ContainsSubstring("can be written to by others"));
    }
    SECTION("of another user") {
        if (::geteuid() != 0)
            return;
        fs::create_directory(root);
        REQUIRE(::chown(root.c_str(), 12345, 12345) == 0);
        CHECK_THAT(clean(), ContainsSubstring("belongs to another user (12345)"));
    }
    CHECK(is_whole());
}

TEST_CASE_METHOD(Place, "a directory that cannot be listed is not an empty one") {
    const Directory directory(victim);
    rlimit before = {};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{0, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    std::string told;
    try {
        told = std::to_string(directory.names().size());
    } catch (const Error& error) {
        told = error.message();
    }
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_THAT(told, ContainsSubstring("cannot read the directory " + victim.string()));
    CHECK(directory.names().size() == 1);
}
