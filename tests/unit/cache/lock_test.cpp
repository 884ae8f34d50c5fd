#include "forked.hpp"
#include "selns/base/error.hpp"
#include "selns/cache/lock.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace selns;
using namespace selns::cache;

namespace {

class Raised final : public Interrupt {
  public:
    bool raised() const override { return true; }
};

} // namespace

TEST_CASE("a lock is held by one and its file goes with it") {
    const test::TempDir dir;
    const auto file = dir.path() / "lock";
    {
        const auto lock = Lock::attempt(file, true);
        REQUIRE(lock);
        CHECK_FALSE(Lock::attempt(file, true));
        CHECK(std::filesystem::exists(file));
    }
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK_FALSE(Lock::attempt(file, false));
}

TEST_CASE("a kept file can be locked again") {
    const test::TempDir dir;
    const auto file = dir.path() / "lock";
    Lock::attempt(file, true)->keep_file();
    CHECK(std::filesystem::exists(file));
    CHECK(Lock::attempt(file, false));
}

TEST_CASE("waiting for a lock ends with an interrupt") {
    const test::TempDir dir;
    const auto lock = Lock::attempt(dir.path() / "lock", true);
    const Raised interrupt;
    try {
        Lock::wait(dir.path() / "lock", interrupt);
        FAIL("the lock was given twice");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::interrupted);
    }
}

// Each process adds one to a number in a file, again and again: without mutual exclusion (also
// across the removal of the lock file) some are lost.
TEST_CASE("locks exclude processes from each other") {
    const test::TempDir dir;
    const auto counter = dir.write("counter", "0");
    const auto add = [&] {
        const Interrupt never;
        for (int i = 0; i < 5; ++i) {
            const Lock lock = Lock::wait(dir.path() / "lock", never);
            const int value = std::stoi(test::read_text(counter));
            std::ofstream(counter) << value + 1;
        }
        return 0;
    };
    {
        std::vector<std::unique_ptr<test::Forked>> processes;
        for (int i = 0; i < 6; ++i)
            processes.push_back(std::make_unique<test::Forked>(add));
        for (const auto& process : processes)
            CHECK(process->wait() == 0);
    }
    CHECK(test::read_text(counter) == "30");
}
