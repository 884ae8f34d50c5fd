#include "forked.hpp"
#include "keys.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/cache/store.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <vector>

using namespace selns;
using namespace selns::cache;
using test::Forked;
using test::key;

namespace {

// One byte per event, so that events can be counted across processes.
void note(const std::filesystem::path& file) {
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    write_all(fd.get(), "x");
}

std::uintmax_t noted(const std::filesystem::path& file) {
    return std::filesystem::exists(file) ? std::filesystem::file_size(file) : 0;
}

bool is_bare(const std::filesystem::path& directory) {
    return !std::filesystem::exists(directory) || std::filesystem::is_empty(directory);
}

class Raisable final : public Interrupt {
  public:
    bool raised() const override { return raised_; }
    void raise() { raised_ = true; }

  private:
    bool raised_ = false;
};

struct Concurrent {
    test::TempDir dir;
    std::filesystem::path root = dir.path() / "cache";
    std::filesystem::path begun = dir.path() / "begun";
    std::filesystem::path waited = dir.path() / "waited";
    Interrupt never;

    // Fills half of an entry and stays there.
    std::unique_ptr<Forked> stuck_maker() {
        auto child = std::make_unique<Forked>([this] {
            const Store store(root, never);
            store.make("bootstrap", key("abc"), {"web", {}}, [this](const auto& staging) {
                write_file(staging / "data", "half");
                note(begun);
                ::pause();
            });
            return 0;
        });
        REQUIRE(test::eventually([this] { return noted(begun) == 1; }));
        return child;
    }
};

} // namespace

TEST_CASE_METHOD(Concurrent, "builds of one key make it once, the others wait and get it") {
    const auto build = [this] {
        const Store store(root, never);
        Store::MakeOptions options;
        options.on_wait = [this] { note(waited); };
        const Entry entry = store.make(
            "bootstrap", key("abc"), {"web", {}},
            [this](const auto& staging) {
                note(begun);
                test::eventually([this] { return noted(waited) >= 7; });
                write_file(staging / "data", "content");
            },
            options);
        return test::read_text(entry.directory / "data") == "content" ? 0 : 1;
    };
    std::vector<std::unique_ptr<Forked>> builds;
    for (int i = 0; i < 8; ++i)
        builds.push_back(std::make_unique<Forked>(build));
    for (const auto& process : builds)
        CHECK(process->wait() == 0);
    CHECK(noted(begun) == 1);
    CHECK(noted(waited) >= 7);
    CHECK(is_bare(root / "staging"));
    CHECK(is_bare(root / "locks"));
}

TEST_CASE_METHOD(Concurrent, "a replacement is made once, too") {
    const Store store(root, never);
    store.make("bootstrap", key("abc"), {"web", {}},
               [](const auto& staging) { write_file(staging / "data", "old"); });
    const auto refresh = [this] {
        const Store own(root, never);
        Store::MakeOptions options;
        options.accept = [](const Entry& entry) {
            return test::read_text(entry.directory / "data") == "new";
        };
        own.make(
            "bootstrap", key("abc"), {"web", {}},
            [this](const auto& staging) {
                note(begun);
                ::usleep(100000);
                write_file(staging / "data", "new");
            },
            options);
        return 0;
    };
    {
        Forked one(refresh);
        Forked two(refresh);
        // Readers never see anything but one of the two.
        CHECK(test::eventually([&] {
            const auto entry = store.find("bootstrap", key("abc"));
            REQUIRE(entry);
            const std::string data = test::read_text(entry->directory / "data");
            REQUIRE((data == "old" || data == "new"));
            return data == "new";
        }));
        CHECK(one.wait() == 0);
        CHECK(two.wait() == 0);
    }
    CHECK(noted(begun) == 1);
}

TEST_CASE_METHOD(Concurrent,
                 "what a killed build left is removed, what a living one makes is not") {
    const auto child = stuck_maker();
    {
        const Store store(root, never);
        CHECK_FALSE(is_bare(root / "staging"));
        CHECK_FALSE(store.find("bootstrap", key("abc")));
    }
    child->kill();
    CHECK(child->wait() == 128 + 9);
    CHECK_FALSE(is_bare(root / "staging"));

    const Store store(root, never);
    CHECK(is_bare(root / "staging"));
    CHECK(is_bare(root / "locks"));
    const Entry entry = store.make("bootstrap", key("abc"), {"web", {}}, [](const auto& staging) {
        write_file(staging / "data", "whole");
    });
    CHECK(test::read_text(entry.directory / "data") == "whole");
    CHECK(is_bare(root / "locks"));
}

TEST_CASE_METHOD(Concurrent, "a build that waits can be interrupted") {
    const auto child = stuck_maker();
    Raisable interrupt;
    const Store store(root, interrupt);
    Store::MakeOptions options;
    options.on_wait = [&] { interrupt.raise(); };
    try {
        store.make(
            "bootstrap", key("abc"), {"web", {}}, [](const auto&) {}, options);
        FAIL("made twice");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::interrupted);
    }
}

TEST_CASE_METHOD(Concurrent, "a build whose maker is killed goes on itself") {
    auto child = stuck_maker();
    const Store store(root, never);
    Store::MakeOptions options;
    options.on_wait = [&] { child->kill(); };
    CHECK(store
              .make(
                  "bootstrap", key("abc"), {"web", {}}, [](const auto&) {}, options)
              .made);
}
