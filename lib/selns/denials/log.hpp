#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/denials/record.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace selns::denials {

// Denials with the same contexts, class and permissions.
struct Denial {
    Record first;              // the first of them that was read
    std::uint64_t records = 0; // how many; the same event in two logs counts once
};

// A line that looks like a denial and is none, or was too long to be looked at.
struct Malformed {
    Location at;
    std::string reason;
    std::string excerpt; // the beginning of the line, any bytes
};

struct LogSummary {
    std::string file;
    std::uint64_t lines = 0;
    std::uint64_t records = 0; // denials, repeated ones too
    std::uint64_t malformed = 0;
};

struct Denials {
    std::vector<Denial> unique; // in the order in which they were first read
    std::vector<LogSummary> logs;
    std::uint64_t records = 0; // in all logs, the same event once
    std::uint64_t malformed_count = 0;
    std::vector<Malformed> malformed; // the first of them
};

// Gathers the denials of logs, one after the other. Memory grows with the different denials and
// with the events, not with the logs. One object serves for one set of logs.
class LogReader {
  public:
    // More events than these are counted without being compared.
    static constexpr std::size_t most_events = 8'000'000;
    // More malformed lines than these are only counted.
    static constexpr std::size_t most_malformed = 20;

    // Different denials that take up more than MOST_BYTES of memory are an Error.
    explicit LogReader(std::size_t most_bytes = std::size_t{256} << 20U)
        : most_bytes_(most_bytes) {}

    // A file that cannot be read is an invalid_input Error; anything can be in it. One that is
    // compressed (gzip, xz, zstd, bzip2) and damaged gives what it holds up to there, and a
    // malformed line.
    void read_file(const std::filesystem::path& file, const Interrupt& interrupt);
    void read_text(std::string_view text, const std::string& name);

    Denials finish();

  private:
    class Cutter;
    using Index = std::uint32_t; // of a unique denial
    struct Sighting {
        Event event;
        Index denial = 0;
        auto operator<=>(const Sighting&) const = default;
    };

    void take(const Line& line, std::string_view text);
    void count(const RecordView& view, Index denial);
    void account(const Record& record);
    void add_malformed(std::string_view reason, std::string_view text);
    Index index_of(Record record);
    Location here() const;
    void forget_repeated();

    std::size_t most_bytes_;
    Denials found_;
    std::map<std::string, Index> by_meaning_;              // of a denial
    std::map<std::string, Index, std::less<>> by_writing_; // of its fields, undecoded
    std::string writing_;
    std::size_t bytes_ = 0; // what the different denials take up, about
    std::vector<Sighting> sightings_;
    std::size_t sorted_ = 0; // so many of them are sorted and all different
};

} // namespace selns::denials
