#include "selns-run/line_writer.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>

using namespace selns;
using namespace selns::run;

namespace {

constexpr int patience = 10;

// A FIFO between a LineWriter and its reader.
struct Fifo {
    Fifo() {
        const std::string path = (directory.path() / "fifo").string();
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        reader = Handle(linux_kernel(), ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        writer = Handle(linux_kernel(), ::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    }
    std::string read() const { // what is there
        std::string text;
        std::array<char, 65536> piece{};
        for (ssize_t got = 0; (got = ::read(reader.get(), piece.data(), piece.size())) > 0;)
            text.append(piece.data(), static_cast<std::size_t>(got));
        return text;
    }

    test::TempDir directory;
    Handle reader;
    Handle writer;
};

// How many lines TEXT has, with those that it says are lost.
std::uint64_t lines_in(const std::string& text) {
    std::istringstream stream(text);
    std::uint64_t count = 0;
    for (std::string line; std::getline(stream, line);) {
        unsigned long lost = 0;
        if (std::sscanf(line.c_str(), "selns-run: up to %lu denials lost", &lost) == 1)
            count += lost;
        else if (line.size() == 99)
            ++count;
        else
            FAIL_CHECK("a damaged line: " << line);
    }
    return count;
}

} // namespace

TEST_CASE("a reader that stands still holds up no line, and takes no memory without end") {
    Fifo fifo;
    LineWriter writer(std::move(fifo.writer));
    const std::string line = std::string(99, 'x') + '\n';
    constexpr std::uint64_t count = 50'000; // 5 MB
    for (std::uint64_t i = 0; i < count; ++i) {
        writer.add(line);
        writer.write();
    }
    CHECK(writer.wanted() >= 0);
    // What waits, and what a pipe holds.
    CHECK((count - writer.lost()) * line.size() <= LineWriter::most + (64U << 10U));
    SignalReader signals({SIGUSR1});

    SECTION("who reads on gets the rest, and how many are missing") {
        std::string text = fifo.read();
        for (writer.add(line); writer.wanted() >= 0; text += fifo.read())
            writer.write();
        writer.add(line);
        writer.finish(signals, patience);
        text += fifo.read();
        CHECK(lines_in(text) == count + 2);
        CHECK_THAT(text, ContainsSubstring("selns-run: up to "));
    }
    SECTION("who does not is left in the end, which is told") {
        const std::uint64_t before = writer.lost();
        writer.finish(signals, patience);
        CHECK(writer.lost() > before + 10'000);
    }
    SECTION("nor is one waited for when a signal comes") {
        ::raise(SIGUSR1);
        writer.finish(signals, -1);
        CHECK(writer.lost() > 10'000);
    }
    SECTION("or has gone") {
        fifo.reader.reset();
        writer.write();
        CHECK(writer.wanted() < 0); // nothing to be polled for
        writer.finish(signals, -1);
        CHECK(writer.lost() > 10'000);
    }
}

TEST_CASE("lines go into a file as they come") {
    const test::TempDir directory;
    const auto path = directory.path() / "file";
    LineWriter writer(Handle(
        linux_kernel(), ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)));
    writer.add("one\n");
    writer.write();
    CHECK(test::read_text(path) == "one\n");
    writer.lose(3);
    writer.add("two\n");
    writer.lose(2);
    SignalReader signals({SIGUSR1});
    writer.finish(signals, -1);
    CHECK(test::read_text(path) ==
          "one\nselns-run: up to 3 denials lost\ntwo\nselns-run: up to 2 denials lost\n");
    CHECK(writer.lost() == 5);
}
