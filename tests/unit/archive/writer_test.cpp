#include "selns/archive/reader.hpp"
#include "selns/archive/writer.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <clocale>
#include <stdexcept>

using namespace selns;
using namespace selns::archive;
using selns::test::TempDir;

namespace {

Entry regular(std::string path, std::int64_t size = 0) {
    Entry entry;
    entry.path = std::move(path);
    entry.mode = 0640;
    entry.size = size;
    entry.mtime = 1'700'000'000;
    return entry;
}

std::string write(const std::vector<Entry>& entries) {
    std::string bytes;
    Writer writer([&](std::string_view piece) { bytes += piece; });
    for (const Entry& entry : entries)
        writer.entry(entry);
    writer.finish();
    return bytes;
}

std::vector<Entry> read(const std::string& bytes) {
    const TempDir dir;
    Reader reader(open_read(dir.write("t", bytes)), "t");
    std::vector<Entry> all;
    Entry entry;
    while (reader.next(entry))
        all.push_back(entry);
    return all;
}

} // namespace

TEST_CASE("the bytes do not depend on the locale") {
    const std::vector<Entry> entries = {regular("./F\xc5\x91tan\xc3\xba"), regular("./e\xcc\x81"),
                                        regular("./\xff\xfe"), regular("./plain")};
    const std::string in_c = write(entries);
    REQUIRE(std::setlocale(LC_ALL, "C.UTF-8") != nullptr);
    const std::string in_utf8 = write(entries);
    std::setlocale(LC_ALL, "C");
    CHECK(in_c == in_utf8);
    const auto back = read(in_c);
    REQUIRE(back.size() == entries.size());
    for (std::size_t i = 0; i < back.size(); ++i)
        CHECK(back[i].path == entries[i].path);
    // Only the name that is no UTF-8 needs the mark that GNU tar does not know.
    CHECK(in_c.find("hdrcharset") == in_c.rfind("hdrcharset"));
    CHECK(in_c.find("hdrcharset") != std::string::npos);
}

TEST_CASE("attributes of any value come back, under any printable name") {
    Entry entry = regular("./f");
    entry.xattrs["security.capability"] = std::string("\x01\0\n=\0 ", 6);
    entry.xattrs["user.a=b%c%3D%25"] = "1";
    entry.xattrs["user.empty"] = "";
    entry.xattrs["user.large"] = std::string(60'000, '\xff');
    CHECK(read(write({entry})).at(0).xattrs == entry.xattrs);
    entry.xattrs["user.\xc3\xa9"] = "1";
    CHECK_THROWS_WITH(write({entry}), ContainsSubstring("./f") && ContainsSubstring("user."));
}

TEST_CASE("an exception of the output comes out as it is") {
    Writer writer([](std::string_view) { throw std::domain_error("enough"); });
    writer.entry(regular("./f", 4 << 20));
    CHECK_THROWS_AS(writer.data(std::string(4 << 20, 'x')), std::domain_error);
}

TEST_CASE("an archive that is not finished gets no end") {
    std::string bytes;
    {
        Writer writer([&](std::string_view piece) { bytes += piece; });
        writer.entry(regular("./f"));
    }
    CHECK(bytes.empty());
}

TEST_CASE("a socket has no place in a tar") {
    Entry entry = regular("./s");
    entry.type = FileType::socket;
    CHECK_THROWS_WITH(write({entry}), ContainsSubstring("./s"));
}

TEST_CASE("content arrives whole, in pieces of any size") {
    const TempDir dir;
    std::string bytes;
    Writer writer([&](std::string_view piece) { bytes += piece; });
    std::string content(1'000'003, '\0');
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(i * 7);
    writer.entry(regular("./f", static_cast<std::int64_t>(content.size())));
    for (std::size_t at = 0, size = 1; at < content.size(); at += size, size = size * 3 + 1)
        writer.data(std::string_view(content).substr(at, size));
    writer.finish();
    CHECK(bytes.size() % 512 == 0);
    Reader reader(open_read(dir.write("t", bytes)), "t");
    Entry entry;
    REQUIRE(reader.next(entry));
    std::string back;
    reader.read_content([&](std::uint64_t, std::string_view piece) { back += piece; });
    CHECK(back == content);
}
