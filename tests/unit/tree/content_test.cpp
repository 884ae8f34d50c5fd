#include "selns/base/error.hpp"
#include "selns/tree/spool.hpp"
#include "support/catch.hpp"

#include <random>

using namespace selns;
using namespace selns::tree;

namespace {

std::string numbered(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(i * 31 + i / 251);
    return bytes;
}

} // namespace

TEST_CASE("content is a span of its source") {
    const Content content(memory_source("0123456789"), 2, 5);
    CHECK(content.str() == "23456");
    std::string part(3, '\0');
    content.read(1, part.data(), 3);
    CHECK(part == "345");
    CHECK_THROWS_AS(content.read(3, part.data(), 3), Error);
    CHECK_THROWS_AS(content.read(UINT64_MAX, part.data(), 2), Error);
    CHECK_THROWS_AS(content.str(4), Error);
    CHECK(Content().str().empty());
}

TEST_CASE("content beyond its source is an error, not a crash") {
    const Content content(memory_source("0123456789"), 8, 5);
    CHECK_THROWS_AS(content.str(), Error);
}

TEST_CASE("pieces join to the whole") {
    const std::string bytes = numbered((2U << 20U) + 17);
    std::string joined;
    std::size_t largest = 0;
    Content::bytes(bytes).for_each_piece([&](std::string_view piece) {
        joined += piece;
        largest = std::max(largest, piece.size());
    });
    CHECK(joined == bytes);
    CHECK(largest == 1U << 20U);
}

TEST_CASE("a spool gives back what it took, in memory and in a file") {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{Spool::in_memory + 12345}}) {
        auto spool = std::make_shared<Spool>();
        const std::string bytes = numbered(size);
        for (std::size_t at = 0; at < size; at += 1U << 20U)
            spool->append(std::string_view(bytes).substr(at, 1U << 20U));
        CHECK(spool->size() == size);
        CHECK(Content(spool, 0, size).str() == bytes);
        CHECK(Content(spool, size - 10, 10).str() == bytes.substr(size - 10));
        CHECK_THROWS_AS(Content(spool, size - 10, 11).str(), Error);
    }
}

TEST_CASE("a sparse content is zero in its holes") {
    std::mt19937 random(7);
    const std::string data = numbered(4000);
    const auto source = memory_source(data);
    for (int round = 0; round < 50; ++round) {
        std::string expected(6000, '\0');
        std::vector<Span> spans;
        std::uint64_t at = random() % 50;
        while (at < 5800) {
            const Span span{at, 1 + random() % 200, random() % 3000};
            data.copy(expected.data() + at, span.size, span.position);
            spans.push_back(span);
            at += span.size + random() % 300;
        }
        const Content content = sparse_content(source, spans, expected.size());
        CHECK(content.str() == expected);
        for (int part = 0; part < 20; ++part) {
            const std::uint64_t from = random() % expected.size();
            std::string piece(random() % (expected.size() - from), '\0');
            content.read(from, piece.data(), piece.size());
            CHECK(piece == expected.substr(from, piece.size()));
        }
    }
}
