#include "selns/kernel/package.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>

using namespace selns;
using namespace selns::kernel;

namespace {

// An apt whose lists are in a directory of the test's.
class CountingApt final : public process::Runner {
  public:
    explicit CountingApt(std::filesystem::path lists) : lists_(std::move(lists)) {}

    process::Result run(const process::Command& command) override {
        const auto has = [&](const char* word) {
            return std::ranges::find(command.argv, word) != command.argv.end();
        };
        if (has("shell"))
            command.on_output("LISTS='" + lists_.string() + "/'\n");
        if (has("show")) {
            ++questions;
            command.on_output("Package: linux-source-6.1\nVersion: " + version +
                              "\nSHA256: 00\nSize: 12\n");
        }
        return {};
    }
    std::optional<std::filesystem::path> find(const std::string&) const override { return "/x"; }

    std::string version = "1";
    int questions = 0;

  private:
    std::filesystem::path lists_;
};

} // namespace

TEST_CASE("apt is asked again only when its lists have changed") {
    const test::TempDir place;
    const auto list = place.write("lists/one", "a list");
    CountingApt apt(list.parent_path());
    const Interrupt interrupt;
    const cache::Store cache(place.path() / "cache", interrupt);
    progress::NullSink sink;
    const Context context{apt, interrupt, cache, sink, {}};
    const auto version = [&](bool refresh = false) {
        progress::Step step(sink, "kernel", "");
        const Package package("linux-source-6.1", {}, "linux-source-", refresh, step, context);
        step.finish("");
        CHECK(package.file().name == "linux-source-6.1");
        CHECK(package.file().size == 12);
        return package.file().version;
    };
    CHECK(version() == "1");
    CHECK(version() == "1");
    CHECK(apt.questions == 1);
    apt.version = "2";
    CHECK(version() == "1");
    CHECK(version(true) == "2");
    CHECK(apt.questions == 2);
    place.write("lists/two", "another");
    CHECK(version() == "2");
    CHECK(version() == "2");
    CHECK(apt.questions == 3);
}
