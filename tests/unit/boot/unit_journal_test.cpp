#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/boot/unit_journal.hpp"
#include "selns/process/process.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fmt/format.h>

#include <string>

using namespace selns;

namespace {

constexpr const char* writer = "/lib/systemd/systemd-journal-remote";

// An entry as `journalctl -o export` has it.
std::string entry(unsigned number, const std::string& unit, const std::string& message,
                  char boot = 'a') {
    const std::string more(2000, 'x'); // a field that is compressed, and no message
    return fmt::format("__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID={}\n"
                       "_TRANSPORT=stdout\nMESSAGE={}\n_CMDLINE=/bin/x {}\n{}\n",
                       1700000000000000 + number, number, std::string(32, boot), message, more,
                       unit.empty() ? "" : "_SYSTEMD_UNIT=" + unit + "\n");
}

// A journal that systemd itself writes.
std::string journal_of(const std::string& entries, std::map<std::string, std::string> environment) {
    const test::TempDir dir;
    dir.write("entries", entries);
    const Interrupt never;
    process::SystemRunner runner(never);
    process::Command command;
    command.argv = {writer, "-o", (dir.path() / "x.journal").string(),
                    (dir.path() / "entries").string()};
    command.environment = std::move(environment);
    process::output_of(runner, command);
    return read_file(dir.path() / "x.journal");
}

} // namespace

TEST_CASE("what units said last is read from a journal") {
    if (!std::filesystem::exists(writer)) {
        WARN("needs the package systemd-journal-remote");
        return;
    }
    std::string entries = entry(1, "a.service", "of the boot before", 'b');
    for (unsigned i = 2; i < 10; ++i)
        entries += entry(i, "a.service", fmt::format("line {}", i));
    entries += entry(10, "b.service", std::string(1000, 'l'));
    entries += entry(11, "", "of nobody") + entry(12, "c.service", "not asked for");
    entries += entry(13, "a.service", "  the last \x1b[1mline\t");
    for (const char* compact : {"0", "1"})
        for (const char* compress : {"0", "zstd"}) {
            CAPTURE(compact, compress);
            const std::string file = journal_of(entries, {{"SYSTEMD_JOURNAL_COMPACT", compact},
                                                          {"SYSTEMD_JOURNAL_COMPRESS", compress}});
            const std::vector<std::string> units{"a.service", "b.service", "silent.service"};
            const boot::UnitLines expected{
                {"a.service", {"line 6", "line 7", "line 8", "line 9", "the last \\x1b[1mline"}},
                {"b.service", {std::string(300, 'l') + "..."}}};
            CHECK(boot::last_messages(file, units) == expected);

            tree::Tree tree;
            tree::Inode inode;
            inode.content = tree::Content::bytes(file);
            tree.put("/var/log/journal/0123456789abcdef0123456789abcdef/system.journal", inode);
            CHECK(boot::last_messages(tree, units, {}) == expected);
        }
}

TEST_CASE("a journal that is cut off or damaged is read as far as it makes sense") {
    if (!std::filesystem::exists(writer)) {
        WARN("needs the package systemd-journal-remote");
        return;
    }
    const std::string whole =
        journal_of(entry(1, "a.service", "first") + entry(2, "a.service", "second"), {});
    const std::vector<std::string> units{"a.service"};
    const auto said = boot::last_messages(whole, units);
    REQUIRE(said.at("a.service").size() == 2);
    const std::size_t begin = whole.find("MESSAGE=first") - 1000;
    for (std::size_t size = begin; size < begin + 8000 && size < whole.size(); size += 97) {
        const auto part = boot::last_messages(whole.substr(0, size), units);
        CHECK((part.empty() || part.at("a.service").size() <= 2));
    }
    for (std::size_t at = begin; at < begin + 8000 && at < whole.size(); at += 61) {
        std::string damaged = whole;
        damaged[at] = '\xff';
        boot::last_messages(damaged, units);
    }
    CHECK(boot::last_messages("no journal at all", units).empty());
    CHECK(boot::last_messages("LPKSHHRH", units).empty());
    CHECK(boot::last_messages(tree::Tree(), units, {}).empty());
}
