#pragma once

#include "selns/log/carrier.hpp"
#include "selns/log/entries.hpp"
#include "selns/log/lines.hpp"
#include "selns/log/text_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::log {

// A line that can matter.
struct Scanned {
    enum class Kind {
        record,
        rest,           // perhaps of the record on the line before
        json_entry,     // of a journal, or another log in JSON
        journal_fields, // see Entries::Entry
        cut_entry,      // of a journal, not whole
        too_long
    };
    // Member by member: to fill all of it with zeros before is a tenth of the scanner's time.
    Scanned(Kind what, std::string_view text, std::uint64_t line_number, bool has_ended)
        : kind(what), ended(has_ended), number(line_number), line(text) {}

    Kind kind;
    bool ended; // its line feed was there
    std::uint64_t number;
    std::string_view line;
    Head head;   // of a record
    TextKey key; // of the body of a record that says all there; else of size 0
};

// A piece of a log and what was found in it. The lines are views into it: it is not copied.
struct Batch {
    Batch() = default;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    std::vector<char> bytes;
    std::string joined;           // the line that began in the piece before
    std::deque<std::string> made; // lines that do not stand in the log in this way
    std::vector<Scanned> lines;
    std::uint64_t last = 0; // the number of the last line that ended here; the first is 1
};

// The first half of reading a log, which needs to know nothing of the lines before: bytes become
// lines, and those that can matter are told from the others by what stands before their records.
class Scanner final : private LineCutter {
  public:
    explicit Scanner(const TextHash& hash) : hash_(hash) {} // HASH outlives it

    // Fills in what is found in the first SIZE of BATCH's bytes.
    void scan(Batch& batch, std::size_t size);
    // What follows the last line feed.
    void finish(Batch& batch);

  private:
    void begin(Batch& batch);
    Scanned& add(Scanned::Kind kind, std::string_view line, bool ended);
    void on_line(std::string_view line, bool ended) override;
    void on_empty_lines(std::size_t count) override;
    void on_joined_line(std::string line, bool ended) override;
    void on_long_line(std::string_view begin, std::uint64_t size) override;
    // One that is not the usual record, which nearly all are.
    void on_unusual_line(std::string_view line, bool ended);
    void add_unusual_head(const Unwrapped& line, bool ended);
    void add_record(Scanned& added);
    bool take_entry(std::string_view line);
    void add_entry();
    std::string_view keep(std::string line);

    const TextHash& hash_;
    Batch* batch_ = nullptr; // at hand
    std::uint64_t number_ = 0;
    Entries entries_;
    std::uint64_t entry_line_ = 0; // where the entry at hand began
    bool behind_record_ = false;   // the line before was one
    // How far the last line was indented before which a carrier put something; what is indented
    // more, up to the next one that is not, belongs to its message.
    std::optional<std::size_t> frame_indent_;
};

} // namespace selns::log
