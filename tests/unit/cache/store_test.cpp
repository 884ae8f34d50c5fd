#include "forked.hpp"
#include "keys.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/cache/store.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

using namespace selns;
using namespace selns::cache;
using test::key;

namespace {

struct Stored {
    test::TempDir dir;
    Interrupt interrupt;
    Store store{dir.path() / "cache", interrupt};

    Entry make(const std::string& key, const std::string& content, const Inputs& inputs = {},
               const std::string& owner = "web") {
        return store.make("bootstrap", key, {owner, inputs}, [&](const auto& staging) {
            write_file(staging / "data", content);
            std::filesystem::create_directory(staging / "more");
            write_file(staging / "more" / "file", "12345");
            std::filesystem::create_symlink("data", staging / "link");
        });
    }
    void set_last_use(const std::string& key, std::int64_t when) const {
        const timespec time{when, 0};
        const timespec times[] = {time, time};
        REQUIRE(::utimensat(AT_FDCWD, (store.root() / "bootstrap" / key / "last-used").c_str(),
                            times, 0) == 0);
    }
    std::size_t count(const char* folder) const {
        std::size_t found = 0;
        const auto path = store.root() / folder;
        if (std::filesystem::exists(path))
            for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path))
                ++found;
        return found;
    }
};

} // namespace

TEST_CASE_METHOD(Stored, "an entry is made once and found afterwards") {
    CHECK_FALSE(store.find("bootstrap", key("abc")));
    const Entry made = make(key("abc"), "one", {{"release", "bookworm"}});
    CHECK(made.made);
    const Entry found = make(key("abc"), "two");
    CHECK_FALSE(found.made);
    CHECK(found.directory == made.directory);
    CHECK(test::read_text(found.directory / "data") == "one");
    CHECK(found.record.inputs == Inputs{{"release", "bookworm"}});
    CHECK(found.record.files.at("more/file").size == 5);
    CHECK(last_used(found) >= found.record.created);
    CHECK(count("staging") == 0);
    CHECK(count("locks") == 0);
}

TEST_CASE_METHOD(Stored, "a damaged entry is absent and made again") {
    const auto directory = make(key("abc"), "one").directory;
    SECTION("without its record") {
        std::filesystem::remove(directory / record_name);
    }
    SECTION("with a record that is cut off") {
        std::filesystem::resize_file(directory / record_name, 20);
    }
    SECTION("with a file of another size") {
        std::filesystem::resize_file(directory / "data", 1);
    }
    SECTION("with a file missing") {
        std::filesystem::remove(directory / "more" / "file");
    }
    SECTION("with another entry's record") {
        const auto other = make(key("def"), "one").directory;
        std::filesystem::copy_file(other / record_name, directory / record_name,
                                   std::filesystem::copy_options::overwrite_existing);
    }
    CHECK_FALSE(store.find("bootstrap", key("abc")));
    CHECK(make(key("abc"), "two").made);
    CHECK(test::read_text(directory / "data") == "two");
    CHECK(count("staging") == 0);
}

// As `dd conv=notrunc` and `touch -r` do.
TEST_CASE_METHOD(Stored, "a byte that was swapped is found, told and made good") {
    std::vector<std::string> told;
    const Store telling(store.root(), interrupt,
                        [&](const std::string& message) { told.push_back(message); });
    const auto directory = make(key("abc"), "one").directory;
    REQUIRE(telling.find("bootstrap", key("abc")));
    const auto file = directory / GENERATE(as<std::string>{}, "data", "more/file", "link");
    if (file.filename() == "link") {
        std::filesystem::remove(file);
        std::filesystem::create_symlink("elsewhere", file);
    } else {
        struct stat before = {};
        REQUIRE(::stat(file.c_str(), &before) == 0);
        const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
        REQUIRE(::pwrite(fd.get(), "x", 1, 0) == 1);
        const timespec times[] = {before.st_atim, before.st_mtim};
        REQUIRE(::futimens(fd.get(), times) == 0);
    }
    CHECK_FALSE(telling.find("bootstrap", key("abc")));
    CHECK_FALSE(telling.find("bootstrap", key("abc")));
    REQUIRE(told.size() == 1);
    CHECK_THAT(told.front(), ContainsSubstring(key("abc") + " is not what was put there"));
    CHECK(make(key("abc"), "two").made);
    CHECK(test::read_text(directory / "data") == "two");
}

TEST_CASE_METHOD(Stored, "files that were only touched or copied are as good as before") {
    const auto directory = make(key("abc"), "one").directory;
    const auto again = directory / "data.new";
    std::filesystem::copy_file(directory / "data", again);
    std::filesystem::rename(again, directory / "data");
    std::filesystem::last_write_time(directory / "more/file", {});
    std::filesystem::remove(directory / "verified");
    CHECK(store.find("bootstrap", key("abc")));
    CHECK(std::filesystem::exists(directory / "verified"));
}

TEST_CASE_METHOD(Stored, "what is in the cache is for its user alone") {
    const mode_t mask = ::umask(0);
    const auto directory = make(key("abc"), "one").directory;
    ::umask(mask);
    for (const auto& path : {store.root(), directory, directory / "data", directory / "more",
                             directory / record_name, store.root() / "CACHEDIR.TAG"}) {
        struct stat status = {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 077) == 0);
    }
}

TEST_CASE_METHOD(Stored, "a producer that fails publishes nothing") {
    CHECK_THROWS_AS(store.make("bootstrap", key("abc"), {},
                               [](const auto& staging) {
                                   write_file(staging / "data", "half");
                                   throw std::runtime_error("no");
                               }),
                    std::runtime_error);
    CHECK_FALSE(store.find("bootstrap", key("abc")));
    CHECK(count("staging") == 0);
    CHECK(count("locks") == 0);
}

TEST_CASE_METHOD(Stored, "a full disk publishes nothing") {
    test::Forked child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            make(key("abc"), std::string(100000, 'x'));
        } catch (const Error&) {
            return 7;
        }
        return 0;
    });
    CHECK(child.wait() == 7);
    CHECK_FALSE(store.find("bootstrap", key("abc")));
    CHECK(count("staging") == 0);
    CHECK(count("bootstrap") == 0);
}

TEST_CASE_METHOD(Stored, "an entry that will not do is replaced") {
    const Entry old = make(key("abc"), "old");
    const Fd open = open_read(old.directory / "data");
    Store::MakeOptions options;
    int asked = 0;
    options.accept = [&](const Entry& entry) {
        ++asked;
        return test::read_text(entry.directory / "data") == "new";
    };
    const auto produce = [](const auto& staging) { write_file(staging / "data", "new"); };
    CHECK(store.make("bootstrap", key("abc"), {"web", {}}, produce, options).made);
    CHECK(asked > 0);
    CHECK(test::read_text(old.directory / "data") == "new");
    CHECK_FALSE(store.make("bootstrap", key("abc"), {"web", {}}, produce, options).made);
    std::string before(3, ' ');
    pread_all(open.get(), before.data(), before.size(), 0);
    CHECK(before == "old");
    CHECK(count("staging") == 0);
}

TEST_CASE_METHOD(Stored, "why something is not cached is told from the owner's newest entry") {
    CHECK_FALSE(store.explain("bootstrap", "web", {}));
    make(key("a1"), "x", {{"packages", "a"}});
    make(key("b2"), "x", {{"packages", "b"}}, "other");
    const auto changes = store.explain("bootstrap", "web", {{"packages", "a b"}});
    REQUIRE(changes);
    REQUIRE(changes->size() == 1);
    CHECK(changes->front().name == "packages");
    CHECK(changes->front().before == "a");
    CHECK(changes->front().after == "a b");
    CHECK(store.entries("bootstrap").size() == 2);
}

TEST_CASE_METHOD(Stored, "what was not used since is removed, and what is damaged") {
    make(key("abc"), "one");
    make(key("def"), "four");
    const Entry damaged = make(key("123"), "three");
    std::filesystem::remove(damaged.directory / "data");
    store.make("policy", key("456"), {"web", {}}, [](const auto&) {});
    std::filesystem::create_directories(store.root() / "outputs");
    write_file(store.root() / "outputs/state.json", "{}");
    CHECK(store.kinds() == std::vector<std::string>{"bootstrap", "policy"});
    CHECK(size_of(*store.find("bootstrap", key("def"))) == 13);

    const std::int64_t now = std::time(nullptr);
    set_last_use(key("abc"), now - 100);
    const auto would = store.clean(now - 50, true);
    CHECK(would.entries == 2);
    CHECK(would.bytes >= 8 + 5);
    CHECK(store.find("bootstrap", key("def")));
    set_last_use(key("abc"), now - 100);
    CHECK(store.clean(now - 50, false).entries == 2);
    CHECK_FALSE(store.find("bootstrap", key("abc")));
    CHECK(store.find("bootstrap", key("def")));
    CHECK_FALSE(std::filesystem::exists(damaged.directory));

    CHECK(store.clean(now + 100, false).entries == 2);
    CHECK(store.kinds().empty());
    CHECK(std::filesystem::exists(store.root() / "outputs/state.json"));
}

TEST_CASE_METHOD(Stored, "nothing is removed while another process uses the cache") {
    make(key("abc"), "one");
    {
        const Store other(store.root(), interrupt);
        CHECK_THROWS_WITH(store.clean(INT64_MAX, false),
                          ContainsSubstring("another selns-build uses"));
        CHECK(store.clean(INT64_MAX, true).entries == 1);
    }
    CHECK(store.find("bootstrap", key("abc")));
    CHECK(store.clean(INT64_MAX, false).entries == 1);
}

TEST_CASE_METHOD(Stored, "names cannot leave the cache") {
    for (const char* name : {"", "..", "../x", "a/b", "/etc", "A"}) {
        CHECK_THROWS_AS(store.find("bootstrap", name), Error);
        CHECK_THROWS_AS(store.find(name, key("abc")), Error);
    }
}

TEST_CASE("keys depend on every input and its place") {
    const std::string key = key_of("a", {{"x", "1"}, {"y", "2"}});
    CHECK(key.size() == 64);
    CHECK(key == key_of("a", {{"x", "1"}, {"y", "2"}}));
    CHECK(key != key_of("b", {{"x", "1"}, {"y", "2"}}));
    CHECK(key != key_of("a", {{"x", "1y"}, {"", "2"}}));
    CHECK(key != key_of("a", {{"x", "1"}}));
}

TEST_CASE("the cache lies where XDG says") {
    ::setenv("XDG_CACHE_HOME", "/somewhere", 1);
    CHECK(default_root() == "/somewhere/selns-build");
    ::setenv("XDG_CACHE_HOME", "relative", 1);
    ::setenv("HOME", "/home/me", 1);
    CHECK(default_root() == "/home/me/.cache/selns-build");
    ::unsetenv("XDG_CACHE_HOME");
    CHECK(default_root() == "/home/me/.cache/selns-build");
}

TEST_CASE("a cache that cannot be made says what to do") {
    const test::TempDir dir;
    const Interrupt interrupt;
    const auto file = dir.write("file", "");
    try {
        const Store store(file / "cache", interrupt);
        FAIL("made below a file");
    } catch (const Error& error) {
        CHECK_THAT(error.hint(), ContainsSubstring("XDG_CACHE_HOME"));
    }
}
