#include "selns/base/hash.hpp"
#include "selns/bootstrap/kept_packages.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

using namespace selns;
using namespace selns::bootstrap;

namespace {

struct Kept {
    test::TempDir dir;
    Interrupt never;
    cache::Store store{dir.path() / "cache", never};
    progress::NullSink sink;
    cache::Description lists{"debian bookworm", {{"sources", "of a test"}}};
    bool offline = false;
    std::optional<cache::RunDirectory> run;
    std::optional<KeptPackages> kept;

    void begin() {
        kept.reset();
        run.emplace(store.register_directory());
        kept.emplace(store, *run, lists, offline);
    }
    std::filesystem::path archive(const std::string& name) const {
        return run->path() / "archives" / name;
    }
    // What the hook would do: asks for NAME with CONTENT's hash, and fetches FETCHED if it must.
    void fetch(const std::string& name, const std::string& content, const std::string& fetched) {
        begin();
        CHECK(kept->take("selns-build: wanted " + name + " " + sha256(content)));
        CHECK(kept->take("selns-build: packages wanted"));
        REQUIRE(std::filesystem::exists(archive(name)));
        if (std::filesystem::file_size(archive(name)) == 0)
            std::ofstream(archive(name)) << fetched;
        CHECK(kept->take("selns-build: packages fetched"));
        kept->finish(sink);
    }
};

constexpr const char* deb = "a_1%3a1_all.deb";

} // namespace

TEST_CASE_METHOD(Kept, "a package that was fetched is there the next time") {
    fetch(deb, "content", "content");
    CHECK(kept->missing() == 1);
    fetch(deb, "content", "not fetched");
    CHECK(kept->wanted() == 1);
    CHECK(kept->missing() == 0);
    CHECK(test::read_text(archive(deb)) == "content");
    // By its hash, not by its name.
    fetch("b_2_all.deb", "content", "not fetched");
    CHECK(kept->missing() == 0);
    fetch(deb, "other content", "");
    CHECK(kept->missing() == 1);
    CHECK(store.entries("package").size() == 1);
}

TEST_CASE_METHOD(Kept, "what has not the hash that was told is not kept") {
    fetch(deb, "content", "forged");
    CHECK(store.entries("package").empty());
}

TEST_CASE_METHOD(Kept, "what runs in the root is not heard") {
    begin();
    kept->take("selns-build: packages wanted");
    CHECK(kept->take("selns-build: wanted late_1_all.deb " + sha256("late")));
    CHECK(kept->wanted() == 0);
    CHECK_FALSE(std::filesystem::exists(archive("late_1_all.deb")));
    CHECK(kept->take("selns-build: packages wanted"));
    CHECK_FALSE(kept->take("selns-build: package a 1 all installed"));
    CHECK_FALSE(kept->take("selns-build: packages"));
}

TEST_CASE_METHOD(Kept, "names that lead elsewhere, and what is no hash, are left alone") {
    begin();
    const std::string sum = sha256("x");
    for (const std::string& line : {"../x.deb " + sum, "a/x.deb " + sum, ".deb " + sum,
                                    "complete " + sum, std::string("x.deb 12")})
        CHECK(kept->take("selns-build: wanted " + line));
    CHECK(kept->wanted() == 0);
}

TEST_CASE_METHOD(Kept, "without the network, the lists of the last run count") {
    offline = true;
    CHECK_THROWS_WITH(begin(), ContainsSubstring("no package lists of debian bookworm"));
    offline = false;
    begin();
    std::ofstream(run->path() / "lists.tar") << "lists";
    kept->take("selns-build: lists " + sha256("lists"));
    kept->take("selns-build: packages wanted");
    kept->take("selns-build: lists " + sha256("forged"));
    kept->take("selns-build: packages fetched");
    kept->finish(sink);
    offline = true;
    begin();
    CHECK(test::read_text(run->path() / "lists.tar") == "lists");
    kept->take("selns-build: wanted " + std::string(deb) + " " + sha256("content"));
    CHECK_THROWS_WITH(kept->take("selns-build: packages wanted"),
                      ContainsSubstring("not in the cache: a_1%3a1_all.deb"));
}
