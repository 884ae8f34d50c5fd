#include "selns/archive/reader.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstdlib>
#include <map>

using namespace selns;
using namespace selns::archive;
using selns::test::TempDir;

namespace {

bool run(const std::string& command) {
    return std::system(command.c_str()) == 0;
}

struct Read {
    Entry entry;
    std::string content;   // as libarchive gives it, holes filled
    std::string at_offset; // as it lies in the file
};

std::map<std::string, Read> read_all(const std::filesystem::path& file) {
    std::map<std::string, Read> all;
    Reader reader(open_read(file), file.string());
    Entry entry;
    while (reader.next(entry)) {
        Read& read = all[entry.path];
        read.entry = entry;
        const auto size = static_cast<std::size_t>(entry.size);
        read.content.resize(size);
        reader.read_content([&](std::uint64_t offset, std::string_view data) {
            REQUIRE(offset + data.size() <= size);
            data.copy(read.content.data() + offset, data.size());
        });
        if (entry.data_offset) {
            read.at_offset.resize(size);
            pread_all(reader.fd(), read.at_offset.data(), size, *entry.data_offset);
        }
    }
    return all;
}

// A directory with what makes the headers of a tar long and its content sparse.
void make_files(const TempDir& dir) {
    dir.write("d/small", "small");
    dir.write("d/empty", "");
    dir.write("d/block", std::string(512, 'b'));
    dir.write("d/large", std::string(100'001, 'l'));
    const std::string name = std::string(120, 'n');
    dir.write("d/" + name + "/" + name, "long name");
    REQUIRE(run("cd " + dir.path().string() +
                "/d && printf begin > hole && truncate -s 3M hole && printf end >> hole && ln "
                "small zlink"));
    // Where the file system takes none, the headers are just shorter.
    const std::string value(3000, 'v');
    ::setxattr((dir.path() / "d/large").c_str(), "user.long", value.data(), value.size(), 0);
}

} // namespace

TEST_CASE("data offsets of real tars are where the content is") {
    const TempDir dir;
    make_files(dir);
    const std::string top = dir.path().string();
    for (const std::string options : {"--format=pax --xattrs --xattrs-include='*'", "--format=gnu",
                                      "--sparse --format=pax --xattrs", "--sparse --format=gnu",
                                      "--format=pax --blocking-factor=1"}) {
        CAPTURE(options);
        REQUIRE(run("tar " + options + " -C " + top + "/d -cf " + top + "/t.tar ."));
        int offsets = 0;
        for (const auto& [name, read] : read_all(top + "/t.tar")) {
            CAPTURE(name);
            if (read.entry.type != FileType::regular || read.entry.hard_link)
                continue;
            CHECK(read.content == selns::test::read_text(top + "/d/" + name));
            const bool sparse = options.find("sparse") != std::string::npos && name == "./hole";
            CHECK(read.entry.sparse == sparse);
            CHECK(read.entry.data_offset.has_value() == (!sparse && read.entry.size > 0));
            if (read.entry.data_offset) {
                ++offsets;
                CHECK(read.at_offset == read.content);
            }
        }
        CHECK(offsets >= 4);
    }
}

TEST_CASE("a compressed or piped archive has no data offsets, but the same content") {
    const TempDir dir;
    make_files(dir);
    const std::string top = dir.path().string();
    REQUIRE(run("tar --format=pax -C " + top + "/d -cf " + top + "/t.tar . && gzip -k " + top +
                "/t.tar"));
    const auto plain = read_all(top + "/t.tar");
    const auto packed = read_all(top + "/t.tar.gz");
    REQUIRE(plain.size() == packed.size());
    for (const auto& [name, read] : packed) {
        CHECK_FALSE(read.entry.data_offset);
        CHECK(read.content == plain.at(name).content);
    }

    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    write_all(ends[1], selns::test::read_text(top + "/t.tar").substr(0, 3000));
    ::close(ends[1]);
    Reader reader(Fd{ends[0]}, "pipe");
    Entry entry;
    CHECK(reader.next(entry));
    CHECK_FALSE(entry.data_offset);
    const auto read_on = [&] {
        while (reader.next(entry))
            entry.path.clear();
    };
    CHECK_THROWS_WITH(read_on(), ContainsSubstring("pipe"));
}

TEST_CASE("names are bytes in every locale") {
    const TempDir dir;
    const std::string top = dir.path().string();
    const std::vector<std::string> names = {"F\xc5\x91tan\xc3\xba", "e\xcc\x81", "\xff\xfe",
                                            "plain"};
    for (const std::string& name : names)
        dir.write("d/" + name, "x");
    REQUIRE(run("LC_ALL=C.UTF-8 tar --format=pax -C " + top + "/d -cf " + top + "/t.tar ."));
    for (const char* locale : {"C", "C.UTF-8"}) {
        REQUIRE(std::setlocale(LC_ALL, locale) != nullptr);
        const auto all = read_all(top + "/t.tar");
        std::setlocale(LC_ALL, "C");
        for (const std::string& name : names)
            CHECK(all.contains("./" + name));
    }
}

TEST_CASE("labels that Red Hat's tar option stored are taken as xattrs") {
    const TempDir dir;
    const std::string top = dir.path().string();
    dir.write("d/f", "x");
    const bool labelled =
        ::setxattr((top + "/d/f").c_str(), "security.selinux", "a:b:c:s0", 9, 0) == 0;
    if (!labelled ||
        !run("tar --selinux --format=pax -C " + top + "/d -cf " + top + "/t.tar f 2>/dev/null"))
        return;
    CHECK(read_all(top + "/t.tar")
              .at("f")
              .entry.xattrs.at("security.selinux")
              .starts_with("a:b:c:s0"));
}

TEST_CASE("what is no archive is an error that says what is needed") {
    const TempDir dir;
    const auto file = dir.write("text", "only text");
    try {
        Entry entry;
        Reader(open_read(file), "text").next(entry);
        FAIL("taken");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK(error.location().file == "text");
        CHECK_THAT(error.hint(), ContainsSubstring("tar or cpio"));
    }
    CHECK_THROWS_WITH(Reader(open_read(dir.path()), "dir"), ContainsSubstring("a directory"));
}
