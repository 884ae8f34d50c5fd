#include "selns/base/error.hpp"
#include "selns/cache/store.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

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
    SECTION("a link beside locks") {
        dir.write("cache/locks/x", "");
        fs::create_directory_symlink(victim, root / "foo");
    }
    CHECK_THAT(clean(), ContainsSubstring("not a cache of selns-build"));
    CHECK(is_whole());
    CHECK(fs::exists(root / "lib/selns/a.cpp") == fs::exists(root / "lib"));
    CHECK_FALSE(fs::exists(root / "staging"));
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
        fs::create_directories(root / "policy/abc");
        fs::create_directory_symlink(victim, root / "policy/abc/below");
        fs::create_directory_symlink(victim, root / "policy/def");
        fs::create_directory_symlink(victim, root / "staging/left");
        fs::create_directory_symlink(victim, root / "locks/left");
        CHECK(clean() == "cleaned");
        CHECK_FALSE(fs::exists(root / "policy/abc"));
        CHECK_FALSE(Store(root, interrupt).find("bootstrap", "below"));
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
