#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/log/input.hpp"
#include "selns/log/lines.hpp"
#include "selns/log/log.hpp"
#include "support/catch.hpp"
#include "support/never.hpp"
#include "support/temp_dir.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>
#include <utility>

using namespace selns::log;
using selns::test::never;
using selns::test::TempDir;

namespace {

std::string record(int serial, const std::string& source, const std::string& permissions) {
    return "audit: type=1400 audit(1700000000.123:" + std::to_string(serial) +
           "): avc:  denied  { " + permissions +
           " } for  pid=1 comm=\"init\" scontext=system_u:system_r:" + source +
           ":s0 tcontext=system_u:object_r:b_t:s0 tclass=file permissive=1\n";
}

Denials read(const std::string& text) {
    LogReader reader;
    reader.read_text(text, "k.log");
    return reader.finish();
}

// Lines as LineCutter gives them: "text|" ended, "text" not, "#" too long.
class Collector final : public LineCutter {
  public:
    std::vector<std::string> lines;
    std::vector<std::uint64_t> sizes; // of those that are too long

  private:
    void on_line(std::string_view line, bool ended) override {
        lines.push_back(std::string(line) + (ended ? "|" : ""));
    }
    void on_empty_lines(std::size_t count) override { lines.insert(lines.end(), count, "|"); }
    void on_joined_line(std::string line, bool ended) override { on_line(line, ended); }
    void on_long_line(std::string_view begin, std::uint64_t size) override {
        lines.push_back(begin == std::string(32, 'x') ? "#" : "?");
        sizes.push_back(size);
    }
};

// Forgets all but how much it was.
class Counting final : public Inlet {
  public:
    std::size_t size = 0;
    std::span<char> room() override { return bytes_; }
    void filled(std::size_t more) override { size += more; }

  private:
    std::array<char, 4096> bytes_{};
};

std::string compressed(const std::string& text, int (*filter)(struct archive*)) {
    std::vector<char> buffer(text.size() + 65536);
    std::size_t used = 0;
    struct archive* handle = archive_write_new();
    archive_write_set_format_raw(handle);
    filter(handle);
    REQUIRE(archive_write_open_memory(handle, buffer.data(), buffer.size(), &used) == ARCHIVE_OK);
    struct archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, "data");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(handle, entry);
    archive_write_data(handle, text.data(), text.size());
    archive_entry_free(entry);
    archive_write_close(handle);
    archive_write_free(handle);
    return {buffer.data(), used};
}

} // namespace

TEST_CASE("lines are the same however the stream is cut") {
    const std::string longest(LineCutter::longest, 'x');
    const std::string text = "one\n\n\n\ntwo\r\n" + longest + "\n" + longest + "x\nthree\n" +
                             longest + longest + longest + "\nlast";
    const std::vector<std::string> expected = {"one|",        "|", "|",      "|", "two\r|",
                                               longest + "|", "#", "three|", "#", "last"};
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        Collector collector;
        std::uniform_int_distribution<std::size_t> size(1, round % 2 == 0 ? 10 : 100'000);
        for (std::size_t at = 0; at < text.size();) {
            const std::string_view piece = std::string_view(text).substr(at, size(random));
            collector.feed(piece);
            at += piece.size();
        }
        collector.finish();
        REQUIRE(collector.lines == expected);
        REQUIRE(collector.sizes ==
                std::vector<std::uint64_t>{longest.size() + 1, 3 * longest.size()});
    }
}

TEST_CASE("the same event counts once, in whatever log and order") {
    const std::string a = record(1, "a_t", "read");
    const std::string b = record(2, "a_t", "read");
    const std::string same_event = record(2, "c_t", "read");
    LogReader reader;
    reader.read_text(a + b + a, "one.log");
    reader.read_text(same_event + b + a, "two.log");
    const Denials denials = reader.finish();
    REQUIRE(denials.unique.size() == 2);
    CHECK(denials.unique[0].records == 2);
    CHECK(denials.unique[0].at == selns::Location{"one.log", 1, 0});
    CHECK(denials.unique[1].records == 1);
    CHECK(denials.unique[1].at == selns::Location{"two.log", 1, 0});
    CHECK(denials.records == 3);
    REQUIRE(denials.logs.size() == 2);
    CHECK(denials.logs[0].records == 3);
    CHECK(denials.logs[1].records == 3);
    CHECK(denials.logs[1].lines == 3);
    CHECK(denials.malformed.count == 0);
}

TEST_CASE("records without an event all count") {
    const std::string line = "avc:  denied  { read } for scontext=u:r:a_t tcontext=u:r:b_t "
                             "tclass=file permissive=0\n";
    CHECK(read(line + line).records == 2);
}

TEST_CASE("permissions in another order are the same denial") {
    const Denials denials = read(record(1, "a_t", "read write") + record(2, "a_t", "write  read"));
    REQUIRE(denials.unique.size() == 1);
    CHECK(denials.unique[0].records == 2);
}

TEST_CASE("many repeated events") {
    std::string text;
    for (int round = 0; round < 3; ++round)
        for (int serial = 0; serial < 23'000; ++serial)
            text += record(serial, "a_t", "read");
    const Denials denials = read(text);
    CHECK(denials.records == 23'000);
    CHECK(denials.logs[0].records == 69'000);
}

TEST_CASE("malformed lines are shown with their place, the first of them") {
    const std::string good = record(1, "a_t", "read");
    const Denials denials =
        read("boot\n" + good.substr(0, 90) + "\n" + good + std::string(70'000, 'x') + "\n" + good);
    CHECK(denials.records == 1);
    CHECK(denials.malformed.count == 2);
    REQUIRE(denials.malformed.first.size() == 2);
    CHECK(denials.malformed.first[0].at == selns::Location{"k.log", 2, 0});
    CHECK(denials.malformed.first[0].excerpt == good.substr(0, 90));
    CHECK(denials.malformed.first[1].at == selns::Location{"k.log", 4, 0});
    CHECK_THAT(denials.malformed.first[1].reason, ContainsSubstring("64 KiB"));
    CHECK(denials.logs[0].malformed == 2);

    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "avc:  denied  { read }\n";
    const Denials cut = read(many);
    CHECK(cut.malformed.count == 1000);
    CHECK(cut.malformed.first.size() == Remarks::most);
}

TEST_CASE("a compressed log is read like a plain one") {
    const TempDir dir;
    std::string text;
    for (int serial = 0; serial < 5000; ++serial)
        text += record(serial, "t" + std::to_string(serial % 7) + "_t", "read");
    const std::array filters = {archive_write_add_filter_none, archive_write_add_filter_gzip,
                                archive_write_add_filter_xz, archive_write_add_filter_zstd,
                                archive_write_add_filter_bzip2};
    for (const auto filter : filters) {
        const auto file = dir.write("log", compressed(text, filter));
        LogReader reader;
        reader.read_file(file, never);
        const Denials denials = reader.finish();
        CHECK(denials.records == 5000);
        CHECK(denials.unique.size() == 7);
        CHECK(denials.malformed.count == 0);
        CHECK(denials.logs.at(0).lines == 5000);
    }
}

TEST_CASE("empty lines count as lines, however many there are") {
    const TempDir dir;
    const std::string text = record(1, "a_t", "read") + std::string(3'000'000, '\n') + "bad avc:";
    LogReader reader;
    reader.read_file(dir.write("log", text), never);
    const Denials denials = reader.finish();
    CHECK(denials.records == 1);
    CHECK(denials.logs.at(0).lines == 3'000'002);
}

TEST_CASE("a compressed log becomes no more than logs do") {
    const TempDir dir;
    const auto file =
        dir.write("log", compressed(std::string(2'000'000, '\n'), archive_write_add_filter_gzip));
    Counting inlet;
    LogLimits limits;
    SECTION("some") {
        limits.ratio = 1;
        CHECK(read_log(file, inlet, never, limits).empty());
        CHECK(inlet.size == 2'000'000);
    }
    SECTION("many times its size") {
        limits.some = 1'000'000;
        CHECK_THROWS_WITH(read_log(file, inlet, never, limits),
                          ContainsSubstring("which no log does"));
        CHECK(inlet.size < 1'500'000);
    }
    SECTION("so many times its size, and some") {
        limits.some = 1'000'000;
        limits.ratio = 2000;
        CHECK(read_log(file, inlet, never, limits).empty());
    }
    SECTION("all in all") {
        limits.some = 1'000'000;
        limits.ratio = 2000;
        limits.most = 1'500'000;
        CHECK_THROWS_AS(read_log(file, inlet, never, limits), selns::Error);
    }
}

TEST_CASE("a compressed log that is cut off gives what it has") {
    const TempDir dir;
    std::mt19937 random(1);
    std::string text;
    for (int serial = 0; serial < 3000; ++serial)
        text += record(static_cast<int>(random() % 1'000'000'000), "a_t", "read");
    const auto filter = GENERATE(archive_write_add_filter_gzip, archive_write_add_filter_xz,
                                 archive_write_add_filter_zstd, archive_write_add_filter_bzip2);
    std::string bytes = compressed(text, filter);
    bytes.resize(bytes.size() - 40);
    LogReader reader;
    reader.read_file(dir.write("log", bytes), never);
    const Denials denials = reader.finish();
    CHECK(denials.malformed.count >= 1);
    CHECK_THAT(denials.malformed.first.back().reason, ContainsSubstring("cut off"));
}

TEST_CASE("files that are no logs") {
    const TempDir dir;
    std::mt19937 random(3);
    std::string noise;
    for (int i = 0; i < 1'000'000; ++i)
        noise.push_back(static_cast<char>(random()));
    const std::string archive = "random" + std::string(251, '\0') + "ustar" + noise;
    for (const std::string& content :
         {noise, noise.substr(0, 100), archive, "PK\x03\x04" + noise, std::string(1'000'000, '\0'),
          compressed(noise, archive_write_add_filter_xz),
          compressed(archive, archive_write_add_filter_gzip)}) {
        LogReader reader;
        CHECK_THROWS_AS(reader.read_file(dir.write("garbage", content), never), selns::Error);
    }
    LogReader reader;
    reader.read_file(dir.write("long", std::string(1'000'000, 'a') + "avc:  denied  { a"), never);
    const Denials denials = reader.finish();
    CHECK(denials.unique.empty());
    CHECK(denials.logs[0].malformed == 1);

    LogReader other;
    CHECK_THROWS_AS(other.read_file(dir.path() / "missing", never), selns::Error);
    LogReader directory;
    CHECK_THROWS_AS(directory.read_file(dir.path(), never), selns::Error);
}

TEST_CASE("a file without denials is doubted when it does not look like a log") {
    const TempDir dir;
    const auto doubt = [&](const std::string& content) {
        LogReader reader;
        reader.read_file(dir.write("log", content), never);
        return std::string(reader.finish().logs.at(0).doubt);
    };
    CHECK(doubt("") == "is empty");
    CHECK_THAT(doubt("Hello,\nthis is no log.\n"), ContainsSubstring("looks like"));
    CHECK_THAT(doubt("from: { debian: bookworm }\n"), ContainsSubstring("looks like"));
    for (const std::string line :
         {"[    0.000000] Linux version 6.1", "Nov 14 22:13:20 web evil[3]: hello",
          "2023-11-14T22:13:20Z web evil: hello", "type=SYSCALL msg=audit(1.1:1): arch=c000003e",
          "{\"MESSAGE\": \"hello\"}", "-- No entries --", "\xef\xbb\xbf[    0.1] x",
          "\x1b[32m[    0.1] \x1b[0mx", "11-14 22:13:20.123  1234  1234 W tag : hello"}) {
        INFO(line);
        CHECK(doubt(line + "\n").empty());
        CHECK(doubt("some words\n" + line + "\n").empty());
    }
    // What a crash leaves: a block of zeros in a real log.
    CHECK(doubt(std::string(4096, '\0') + "[    0.1] x\n").empty());
    LogReader reader;
    reader.read_file(dir.write("log", std::string(4096, '\0') + record(1, "a_t", "read")), never);
    CHECK(reader.finish().records == 1);
}

TEST_CASE("UTF-16 is read however it is cut") {
    const TempDir dir;
    const std::string text = record(1, "a_t", "read") + record(2, "b_t", "write");
    for (const bool big : {false, true})
        for (const bool mark : {false, true}) {
            std::string encoded = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
            for (const char c : text)
                encoded += big ? std::string{'\0', c} : std::string{c, '\0'};
            // A note, and a character of two units.
            encoded += big ? std::string("\x26\x6a\xd8\x34\xdd\x1e\0\n", 8)
                           : std::string("\x6a\x26\x34\xd8\x1e\xdd\n\0", 8);
            LogReader reader;
            reader.read_file(dir.write("log", encoded), never);
            CHECK(reader.finish().records == 2);
            LogReader packed;
            packed.read_file(dir.write("log", compressed(encoded, archive_write_add_filter_gzip)),
                             never);
            CHECK(packed.finish().records == 2);
        }
}

TEST_CASE("events without a time are those of one boot only") {
    const std::string body = "type=1400 audit(0.0:279): avc: denied { read } for comm=\"x\" "
                             "scontext=u:r:a_t:s0 tcontext=u:r:b_t:s0 tclass=file permissive=1\n";
    const auto later = [&](int serial) {
        std::string text = body;
        return text.replace(text.find("279"), 3, std::to_string(serial));
    };
    const std::string monday = "04-03 22:07:47.961  9965  9965 I auditd  : ";
    const std::string tuesday = "04-04 22:07:47.961  9965  9965 I auditd  : ";
    CHECK(read(monday + body + tuesday + body).records == 2);
    CHECK(read(monday + body + monday + body).records == 1);
    CHECK(read("[   12.345678] " + body + "[   13.000001] " + body).records == 2);
    // Where nothing tells the time, the serials do: they begin anew.
    CHECK(read(body + later(4711) + body).records == 3);
    CHECK(read(body + later(285) + body).records == 2); // a little out of order
    LogReader reader;
    reader.read_text(monday + body, "one.log");
    reader.read_text(monday + body + tuesday + body, "two.log");
    CHECK(reader.finish().records == 2);
}

TEST_CASE("logs tell when the system started and when policies were loaded") {
    const std::string kernel = "[    0.1] audit: type=2000 audit(1700000000.100:1): "
                               "state=initialized audit_enabled=0 res=1\n";
    const std::string loaded = "audit: type=1403 audit(1700000005.100:2): auid=4294967295 "
                               "ses=4294967295 lsm=selinux res=1\n";
    const auto last = [](const std::string& text) { return read(text).last; };
    CHECK(last(kernel).boot == 1700000000100);
    CHECK_FALSE(last(kernel).policy_load);
    CHECK(last(kernel + "[    0.2] " + loaded).policy_load == 1700000005100);
    CHECK(last("Nov 14 22:13:20 web kernel: " + loaded).policy_load == 1700000005100);
    CHECK(
        last("type=MAC_POLICY_LOAD msg=audit(1700000009.100:7): auid=0 ses=1 lsm=selinux res=1\n" +
             kernel + loaded)
            .policy_load == 1700000009100);
    CHECK(last("type=SYSTEM_BOOT msg=audit(1700000007.100:7): pid=1 uid=0\n").boot ==
          1700000007100);
    CHECK(last("type=DAEMON_START msg=audit(1700000008.100:7): op=start\n").daemon_start ==
          1700000008100);
    CHECK(last(R"({"_TRANSPORT":"audit","_AUDIT_TYPE":"1403","_AUDIT_ID":"2",)"
               R"("_SOURCE_REALTIME_TIMESTAMP":"1700000005100000",)"
               R"("MESSAGE":"MAC_POLICY_LOAD auid=4294967295 lsm=selinux res=1"})"
               "\n")
              .policy_load == 1700000005100);
    // Nobody else's word.
    CHECK_FALSE(last("Nov 14 22:13:20 web evil[3]: " + loaded).policy_load);
    CHECK_FALSE(last("[    0.1] evil: " + kernel.substr(9)).boot);
}

TEST_CASE("a log of nothing but different denials is refused before it fills the memory") {
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += record(i, "t" + std::to_string(i), "read");
    ReadOptions options;
    options.most_bytes = std::size_t{1} << 20U;
    LogReader reader(std::move(options));
    CHECK_THROWS_WITH(reader.read_text(text, "k.log"), ContainsSubstring("different denials"));
    CHECK(read(text).unique.size() == 3000);
}

TEST_CASE("what a denial gathers from its records") {
    const auto line = [](int serial, const std::string& origin, int permissive) {
        return "type=AVC msg=audit(17000000" + std::to_string(10 + serial) +
               ".000:" + std::to_string(serial) + "): avc:  denied  { ioctl read } for  pid=1 " +
               origin +
               " scontext=u:r:a_t:s0 tcontext=u:object_r:b_t:s0 tclass=chr_file permissive=" +
               std::to_string(permissive) + "\n";
    };
    const std::string text = line(5, "comm=\"one\" path=\"/dev/a\" ino=1 ioctlcmd=0x5401", 1) +
                             line(3, "exe=\"/bin/two\" name=\"b\" ino=2 ioctlcmd=0x0", 1) +
                             line(4, "comm=\"one\" ioctlcmd=0x12345", 0);
    const Denials denials = read(text);
    REQUIRE(denials.unique.size() == 1);
    const Denial& denial = denials.unique[0];
    CHECK(denial.records == 3);
    CHECK(denial.commands == std::set<std::uint16_t>{0, 0x5401});
    CHECK(denial.ioctl_without_command);
    CHECK(denial.enforced);
    CHECK(denial.seen.first == 1700000013);
    CHECK(denial.seen.programs == std::vector<std::string>{"/bin/two", "one"});
    CHECK(denial.seen.objects == std::vector<std::string>{"/dev/a", "b"});
    CHECK(denial.at == selns::Location{"k.log", 1, 0});
    CHECK_FALSE(read(line(1, "ioctlcmd=0x1", 1)).unique.at(0).ioctl_without_command);
    CHECK_FALSE(read(line(1, "ioctlcmd=0x1", 1)).unique.at(0).enforced);
}

TEST_CASE("commands without 0x, and by name, are read") {
    const auto commands = [](const std::string& command) {
        const Denials denials = read(
            "type=AVC msg=audit(1700000000.123:49): avc:  denied  { ioctl } for  pid=812 "
            "comm=\"k\" ioctlcmd=" +
            command + " scontext=u:r:a_t:s0 tcontext=u:r:b_t:s0 tclass=chr_file permissive=0\n");
        const Denial& denial = denials.unique.at(0);
        CHECK(denial.ioctl_without_command == denial.commands.empty());
        return denial.commands;
    };
    using Set = std::set<std::uint16_t>;
    CHECK(commands("0x5401") == Set{0x5401});
    CHECK(commands("5401") == Set{0x5401});
    CHECK(commands("c0a4") == Set{0xc0a4});
    CHECK(commands("0") == Set{0});
    CHECK(commands("TCGETS") == Set{0x5401});
    CHECK(commands("SIOCGIFNAME") == Set{0x8910});
    CHECK(commands("KDSETMODE") == Set{0x4b3a});
    for (const char* unknown : {"NOSUCH", "0x", "0x12345", "-1", "tcgets"})
        CHECK(commands(unknown).empty());
}

TEST_CASE("types of netlink messages are gathered") {
    const auto line = [](const std::string& type, int serial) {
        return "type=AVC msg=audit(1700000000.123:" + std::to_string(serial) +
               "): avc:  denied  { nlmsg } for  pid=812 comm=\"ip\" nl-msgtype=" + type +
               " scontext=u:r:a_t:s0 tcontext=u:r:a_t:s0 tclass=netlink_route_socket "
               "permissive=0\n";
    };
    const Denials denials = read(line("18", 1) + line("24", 2) + line("RTM_GETLINK", 3));
    CHECK(denials.unique.at(0).messages == std::set<std::uint16_t>{18, 24});
    CHECK(denials.unique.at(0).records == 3);
}

TEST_CASE("a command of a name that is not known") {
    const Denials denials =
        read("type=AVC msg=audit(11/21/26 10:00:00.123:49) : avc:  denied  { ioctl } for  pid=812 "
             "comm=nginx path=/dev/tty dev=\"devtmpfs\" ino=5 ioctlcmd=NOSUCH scontext=u:r:a_t:s0 "
             "tcontext=u:r:b_t:s0 tclass=chr_file permissive=0 \n");
    CHECK(denials.unique.at(0).ioctl_without_command);
    CHECK(denials.unique.at(0).commands.empty());
}

TEST_CASE("a path with another label than its file context is a denial of its own") {
    const auto line = [](int serial, const std::string& field, const std::string& tclass) {
        return "type=AVC msg=audit(1.1:" + std::to_string(serial) +
               "): avc:  denied  { read } for  pid=1 comm=\"c\" " + field +
               " dev=\"vda\" ino=5 scontext=u:r:a_t:s0 tcontext=u:object_r:b_t:s0 tclass=" +
               tclass + " permissive=1\n";
    };
    std::vector<std::string> asked;
    const auto with_contexts = [&](const std::string& text) {
        ReadOptions options;
        options.expected = [&](std::string_view path, std::string_view tclass) -> std::string_view {
            asked.push_back(std::string(path) + " " + std::string(tclass));
            return path == "/wrong"   ? "u:object_r:right_t:s0"
                   : path == "/right" ? "u:object_r:b_t:s1"
                                      : "";
        };
        LogReader reader(std::move(options));
        reader.read_text(text, "k.log");
        return reader.finish();
    };
    const std::string text =
        line(1, "path=\"/wrong\"", "file") + line(2, "path=\"/right\"", "file") +
        line(3, "path=\"/unknown\"", "file") + line(4, "path=2F77726F6E67", "file") +
        line(5, "path=\"pipe:[1]\"", "fifo_file") + line(6, "path=\"/wrong\"", "service") +
        line(7, "name=\"/wrong\"", "file") + line(8, "path=\"/wrong\"", "file");
    const Denials denials = with_contexts(text);
    CHECK(asked ==
          std::vector<std::string>{"/wrong file", "/right file", "/unknown file", "/wrong file"});
    REQUIRE(denials.unique.size() == 4);
    CHECK(denials.unique[1].expected.empty());
    CHECK(denials.unique[1].records == 3);
    CHECK(denials.unique[2].expected == "u:object_r:right_t:s0");
    CHECK(denials.unique[2].records == 3);
    CHECK(denials.unique[2].seen.objects == std::vector<std::string>{"/wrong"});

    const Denials only_wrong = with_contexts(line(1, "path=\"/wrong\"", "file"));
    REQUIRE(only_wrong.unique.size() == 1);
    CHECK(only_wrong.unique[0].expected == "u:object_r:right_t:s0");
}

TEST_CASE("what is deleted or memory has no path that a file context is about") {
    const auto asked_about = [](const std::string& path, const std::string& tclass) {
        std::vector<std::string> asked;
        ReadOptions options;
        options.expected = [&](std::string_view name, std::string_view) -> std::string_view {
            asked.emplace_back(name);
            return "u:object_r:right_t:s0";
        };
        LogReader reader(std::move(options));
        reader.read_text("type=AVC msg=audit(1.1:1): avc:  denied  { read } for  pid=1 comm=\"c\" "
                         "path=" +
                             path +
                             " dev=\"sda1\" ino=5 scontext=u:r:a_t:s0 "
                             "tcontext=u:object_r:b_t:s0 tclass=" +
                             tclass + "\n",
                         "k.log");
        const Denials denials = reader.finish();
        REQUIRE(denials.unique.size() == 1);
        CHECK(denials.unique[0].device == (asked.empty() ? "" : "sda1"));
        return !asked.empty();
    };
    for (const char* path :
         {"\"/tmp/x (deleted)\"", "2F746D702F78202864656C6574656429", "\"/memfd:pulse\"",
          "2F6D656D66643A70756C7365202864656C6574656429", "\"/SYSV00000000\"",
          "\"/anon_hugepage (deleted)\"", "\"/dev/zero\"", "\"/dmabuf:\"", "\"/[aio]\"",
          "\"pipe:[81]\"", "\"socket:[81]\"", "\"anon_inode:[eventfd]\""})
        CHECK_FALSE(asked_about(path, "file"));
    for (const char* path : {"\"/tmp/deleted\"", "2F746D702F782079", "\"/memfd\"", "\"/SYS\""})
        CHECK(asked_about(path, "file"));
    CHECK(asked_about("\"/dev/zero\"", "chr_file"));
}

TEST_CASE("the number of a quoted name that looks like an inode's is not passed over") {
    const auto line = [](int serial, const std::string& number) {
        return "type=USER_AVC msg=audit(1.1:" + std::to_string(serial) +
               "): pid=1 msg='avc:  denied  { read } for  pid=1 comm=\"a ino=" + number +
               " b\" scontext=u:r:a_t:s0 tcontext=u:r:b_t:s0 tclass=file'\n";
    };
    CHECK(read(line(1, "1") + line(2, "2")).unique.at(0).seen.programs ==
          std::vector<std::string>{"a ino=1 b", "a ino=2 b"});
}

TEST_CASE("lines that are not believed and logs that are incomplete are shown with their place") {
    const Denials denials =
        read("[    1.0] audit: backlog limit exceeded\n" + record(1, "a_t", "read") +
             "Nov 14 22:13:20 web evil[3]: " + record(2, "b_t", "read") +
             "[    2.0] audit: 3 callbacks suppressed\n");
    CHECK(denials.records == 1);
    CHECK(denials.not_believed.count == 1);
    CHECK(denials.not_believed.first.at(0).at == selns::Location{"k.log", 3, 0});
    CHECK_THAT(denials.not_believed.first.at(0).excerpt, ContainsSubstring("evil[3]"));
    REQUIRE(denials.incomplete.count == 2);
    CHECK(denials.incomplete.first[0].at == selns::Location{"k.log", 1, 0});
    CHECK(denials.incomplete.first[1].at == selns::Location{"k.log", 4, 0});
    CHECK_THAT(denials.incomplete.first[1].reason, ContainsSubstring("suppressed"));
}

TEST_CASE("standard input is a log") {
    const TempDir dir;
    const auto file = dir.write("log", record(1, "a_t", "read"));
    const selns::Fd saved(::dup(0));
    const selns::Fd input = selns::open_read(file);
    REQUIRE(::dup2(input.get(), 0) == 0);
    LogReader reader;
    reader.read_file("-", never);
    REQUIRE(::dup2(saved.get(), 0) == 0);
    const Denials denials = reader.finish();
    CHECK(denials.records == 1);
    CHECK(denials.logs.at(0).file == "-");
}

namespace {

// Everything but places, as text.
std::string described(const Denials& denials) {
    std::string text = std::to_string(denials.records) + "\n";
    for (const Denial& denial : denials.unique) {
        for (const std::string& field : {denial.scontext, denial.tcontext, denial.new_context,
                                         denial.printed_target, denial.tclass, denial.expected})
            text += field + " ";
        for (const auto* list : {&denial.seen.programs, &denial.seen.objects})
            for (const std::string& name : *list)
                text += name + ",";
        for (const std::string& permission : denial.permissions)
            text += permission + ";";
        for (const std::uint16_t command : denial.commands)
            text += std::to_string(command) + "/";
        text +=
            std::to_string(denial.records) + " " + std::to_string(denial.seen.first.value_or(-1)) +
            (denial.enforced ? " enforced" : "") + (denial.ioctl_without_command ? " any\n" : "\n");
    }
    return text;
}

struct Generated {
    std::string event;
    std::string body;
    bool user = false;
};

std::vector<Generated> generate(unsigned seed, std::size_t count) {
    std::mt19937 random(seed);
    const auto pick = [&](const std::vector<std::string>& words) {
        return words[random() % words.size()];
    };
    std::vector<Generated> records;
    for (std::size_t i = 0; i < count; ++i) {
        Generated record;
        record.event = "audit(1700000" + std::to_string(100 + i / 7) + "." +
                       std::to_string(100 + i % 300) + ":" + std::to_string(i / 2) + ")";
        record.body =
            "avc:  denied  { " + pick({"read", "read write", "ioctl", "write read"}) +
            " } for  pid=" + std::to_string(random() % 5000) +
            " comm=" + pick({"\"a\"", "\"b\"", "63", "\"d\"", "\"e ino=1 scontext=x\""}) + " " +
            pick({"path=\"/a\"", "path=\"/b\"", "name=\"c\"", "path=2F64", "path=\"/proc/12/x\"",
                  "path=\"/z\""}) +
            " dev=\"vda\" ino=" + std::to_string(random() % 99) +
            pick({"", " ioctlcmd=0x1", " ioctlcmd=0x0"}) + " scontext=u:r:" + pick({"a_t", "b_t"}) +
            ":s0 tcontext=u:r:" + pick({"a_t", "b_t", "unlabeled_t"}) +
            ":s0 tclass=file permissive=" + pick({"0", "1"}) +
            pick({"", "", " trawcon=\"u:r:raw_t:s0\""});
        records.push_back(std::move(record));
    }
    return records;
}

std::string as_kernel(const Generated& record) {
    return "[   12.345678] audit: type=1400 " + record.event + ": " + record.body + "\n";
}
std::string as_auditd(const Generated& record) {
    return "type=AVC msg=" + record.event + ": " + record.body + "\n";
}
std::string as_node(const Generated& record) {
    return "node=web " + as_auditd(record);
}
std::string as_syslog(const Generated& record) {
    return "Nov 14 22:13:20 web kernel: " + as_kernel(record);
}

} // namespace

TEST_CASE("the order, the cutting and the carriers of logs change nothing") {
    std::mt19937 random(GENERATE(1U, 2U, 3U, 4U));
    std::vector<Generated> records = generate(static_cast<unsigned>(random()), 800);
    const auto read_all = [&](auto form, std::size_t logs) {
        ReadOptions options;
        options.expected = [](std::string_view path, std::string_view) {
            return std::string_view(path == "/b" ? "u:object_r:right_t:s0" : "");
        };
        LogReader reader(std::move(options));
        std::string text;
        for (std::size_t i = 0; i < records.size(); ++i) {
            text += form(records[i], i);
            if (random() % (records.size() / logs) == 0)
                reader.read_text(std::exchange(text, {}), "some.log");
        }
        reader.read_text(text, "last.log");
        return described(reader.finish());
    };
    const auto kernel = [](const Generated& record, std::size_t) { return as_kernel(record); };
    const std::string expected = read_all(kernel, 1);
    CHECK(read_all(kernel, 10) == expected);
    std::ranges::shuffle(records, random);
    CHECK(read_all(kernel, 1) == expected);
    CHECK(read_all([](const auto& record, auto) { return as_auditd(record); }, 3) == expected);
    CHECK(read_all([](const auto& record, auto) { return as_syslog(record); }, 3) == expected);
    // Several copies of each, whatever carries them.
    CHECK(read_all(
              [](const auto& record, std::size_t i) {
                  return (i % 3 == 0 ? as_node(record) : "") + as_kernel(record) +
                         (i % 2 == 0 ? as_auditd(record) : as_node(record)) + as_syslog(record);
              },
              5) == expected);
}

TEST_CASE("hostile lines give a malformed entry each, and no more") {
    const std::string good = record(1, "a_t", "read");
    const std::string start = "audit: type=1400 audit(1.1:1): avc:  denied  { read } for ";
    const std::vector<std::string> lines = {
        good.substr(0, good.find("tcontext=") + 12),
        start + "scontext=u:r:" + std::string(60000, 'a') + " tcontext=u:r:b_t tclass=file",
        start + "scontext=u:r:a_t:" + std::string(60000, 'c') + " tcontext=u:r:b_t tclass=file",
        start + "name=\"unbalanced scontext=u:r:a_t tcontext=u:r:b_t tclass=file",
        start + "scontext=u:r:a_t tcontext=u:r:b_t tclass=file permissive=7",
        start + "scontext=u:r:a_t scontext=u:r:a_t tcontext=u:r:b_t tclass=file",
        start + std::string("scontext=u:r:a\0_t tcontext=u:r:b_t tclass=file", 47),
        start + "scontext=u:r:a\")(;_t tcontext=u:r:b_t tclass=file",
        std::string(200'000, '('),
    };
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    const Denials denials = read(text + good + text);
    CHECK(denials.malformed.count == 2 * lines.size());
    CHECK(denials.records == 1);
    // Hexadecimal digits that are none are a name as it stands.
    CHECK(read(start + "name=ABCG scontext=u:r:a_t tcontext=u:r:b_t tclass=file x\n")
              .unique.at(0)
              .seen.objects == std::vector<std::string>{"ABCG"});
}

TEST_CASE("a line of 100 MB takes no memory") {
    LogReader reader;
    reader.read_stream("long.log", [](const Piece& piece) {
        const std::string part(1'000'000, 'x');
        piece("audit: type=1400 audit(1.1:1): avc:  denied  { ");
        for (int i = 0; i < 100; ++i)
            piece(part);
        piece("\n" + record(1, "a_t", "read"));
    });
    const Denials denials = reader.finish();
    CHECK(denials.malformed.count == 1);
    CHECK(denials.records == 1);
}

TEST_CASE("what the kernel says of its policy is told, and is no denial") {
    const Denials denials = read(
        "[    5.1] SELinux:  Context system_u:object_r:old_t:s0 is not valid (left unmapped).\n"
        "Nov 14 22:13:20 web kernel: SELinux:  Context u:r:x_t:s0 became invalid (unmapped).\n"
        "[    5.2] SELinux:  Permission watch in class file not defined in policy.\n"
        "[    5.3] SELinux:  Class io_uring not defined in policy.\n"
        "[    5.4] SELinux: the above unknown classes and permissions will be allowed\n"
        "Nov 14 22:13:20 web app[7]: Class x not defined in policy.\n");
    CHECK(denials.records == 0);
    CHECK(denials.notices.count == 4);
    CHECK(denials.notices.first.at(0).at.line == 1);
    CHECK(denials.notices.first.at(0).excerpt.find("old_t") != std::string::npos);
    CHECK(denials.notices.first.at(3).reason.find("handle_unknown") != std::string::npos);
}
