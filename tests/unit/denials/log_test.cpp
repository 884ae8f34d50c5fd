#include "selns/base/error.hpp"
#include "selns/denials/lines.hpp"
#include "selns/denials/log.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <filesystem>
#include <random>

using namespace selns::denials;
using selns::test::TempDir;

namespace {

const selns::Interrupt never;

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

  private:
    void on_line(std::string_view line, bool ended) override {
        lines.push_back(std::string(line) + (ended ? "|" : ""));
    }
    void on_long_line() override { lines.emplace_back("#"); }
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
    const std::string text = "one\n\ntwo\r\n" + longest + "\n" + longest + "x\nthree\n" + longest +
                             longest + longest + "\nlast";
    const std::vector<std::string> expected = {"one|", "|",      "two\r|", longest + "|",
                                               "#",    "three|", "#",      "last"};
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
    CHECK(denials.unique[0].first.at == selns::Location{"one.log", 1, 0});
    CHECK(denials.unique[1].records == 1);
    CHECK(denials.unique[1].first.at == selns::Location{"two.log", 1, 0});
    CHECK(denials.records == 3);
    REQUIRE(denials.logs.size() == 2);
    CHECK(denials.logs[0].records == 3);
    CHECK(denials.logs[1].records == 3);
    CHECK(denials.logs[1].lines == 3);
    CHECK(denials.malformed_count == 0);
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
    CHECK(denials.malformed_count == 2);
    REQUIRE(denials.malformed.size() == 2);
    CHECK(denials.malformed[0].at == selns::Location{"k.log", 2, 0});
    CHECK(denials.malformed[0].excerpt == good.substr(0, 90));
    CHECK(denials.malformed[1].at == selns::Location{"k.log", 4, 0});
    CHECK_THAT(denials.malformed[1].reason, ContainsSubstring("64 KiB"));
    CHECK(denials.logs[0].malformed == 2);

    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "avc:  denied  { read }\n";
    const Denials cut = read(many);
    CHECK(cut.malformed_count == 1000);
    CHECK(cut.malformed.size() == LogReader::most_malformed);
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
        CHECK(denials.malformed_count == 0);
        CHECK(denials.logs.at(0).lines == 5000);
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
    CHECK(denials.malformed_count >= 1);
    CHECK_THAT(denials.malformed.back().reason, ContainsSubstring("cut off"));
}

TEST_CASE("files that are no logs") {
    const TempDir dir;
    LogReader reader;
    reader.read_file(dir.write("empty", ""), never);
    std::mt19937 random(3);
    std::string noise;
    for (int i = 0; i < 1'000'000; ++i)
        noise.push_back(static_cast<char>(random()));
    reader.read_file(dir.write("noise", noise), never);
    reader.read_file(dir.write("zeros", std::string(1'000'000, '\0')), never);
    reader.read_file(dir.write("long", std::string(1'000'000, 'a') + "avc:  denied  { a"), never);
    const Denials denials = reader.finish();
    CHECK(denials.unique.empty());
    CHECK(denials.logs[0].lines == 0);
    CHECK(denials.logs[2].malformed == 1);
    CHECK(denials.logs[3].malformed == 1);

    LogReader other;
    CHECK_THROWS_AS(other.read_file(dir.path() / "missing", never), selns::Error);
    LogReader directory;
    CHECK_THROWS_AS(directory.read_file(dir.path(), never), selns::Error);
}

TEST_CASE("a log of nothing but different denials is refused before it fills the memory") {
    std::string text;
    for (int i = 0; i < 3000; ++i)
        text += record(i, "t" + std::to_string(i), "read");
    LogReader reader(std::size_t{1} << 20U);
    CHECK_THROWS_WITH(reader.read_text(text, "k.log"), ContainsSubstring("different denials"));
    CHECK(read(text).unique.size() == 3000);
}
