#pragma once

#include "selns/log/events.hpp"
#include "selns/log/log.hpp"
#include "selns/log/memo.hpp"
#include "selns/log/record.hpp"
#include "selns/log/scanner.hpp"
#include "selns/log/unique_denials.hpp"
#include "selns/log/wrapped.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Inside of this library.
namespace selns::log {

// The denials of scanned lines, in their order: what becomes of a record is told here, and of what
// looks like one.
class Gatherer {
  public:
    explicit Gatherer(ReadOptions options)
        : options_(std::move(options)), asks_origin_(!options_.selection.exclude_device.empty() ||
                                                     !options_.selection.exclude_program.empty()),
          unique_(options_.selection, options_.expected, hash_) {}

    void begin(const std::string& name) {
        give_up_wrapped();
        found_.logs.emplace_back();
        found_.logs.back().file = name;
        line_ = 0;
        last_serial_ = 0;
        boot_ = 0;
        remarks_before_ = remarks();
    }
    // The first half may run ahead in another thread.
    const TextHash& hash() const { return hash_; }
    // The second half: batches in their order.
    void take(const Batch& batch);
    void add_malformed(std::string_view reason, std::string_view text);
    // Looks at the log at hand, which begins with SAMPLE, when there was nothing in it.
    void doubt(std::string_view sample);
    Denials take_result();
    const Selection& selection() const { return options_.selection; }

  private:
    using Index = UniqueDenials::Index;
    static constexpr Index excluded = UniqueDenials::excluded;

    // When a denial was first seen, and the record of it that was read first.
    struct Sighting {
        Milliseconds time = 0; // 0: not known
        std::uint64_t line = 0;
        std::size_t log = 0;
    };

    void take(const Scanned& scanned);
    void take_message(const Head& head, std::string_view line, bool ended);
    void take_usual(const Scanned& scanned);
    void take_json(const Scanned& scanned);
    void take_mark(const Head& head);
    std::optional<Index> take_record(const Line& line, std::string_view text);
    std::optional<Index> take_other(const Line& line, std::string_view text);
    std::optional<Index> take_denial(const Line& line, std::string_view& fault);
    void take_trusted(std::string_view text);
    void give_up_wrapped();
    void check_size() const;
    void count(const Head& head, Index index, std::string_view line);
    Event event_of(const Event& event, std::string_view line);
    bool excludes_time(Milliseconds time) const;
    bool excludes_origin(const RecordView& view) const;
    Remark remark(std::string_view reason, std::string_view text) const;
    void add_malformed(Remark remark);
    Location place_of(std::size_t log, std::uint64_t line) const;
    Location here() const { return place_of(found_.logs.size() - 1, line_); }
    LogSummary& log() { return found_.logs.back(); }
    std::uint64_t remarks() const {
        return found_.malformed.count + found_.not_believed.count + found_.trusted.count +
               found_.incomplete.count;
    }

    ReadOptions options_;
    bool asks_origin_;
    TextHash hash_;
    Denials found_;
    UniqueDenials unique_;
    std::vector<Sighting> sightings_; // of the unique denials
    Memo memo_;
    std::uint64_t line_ = 0; // the number of the line at hand
    EventSet events_;
    std::string message_; // of a journal's entry; reused

    // A record whose line ends before it does, and what is said when nothing more comes.
    struct Begun {
        Remark remark;
        WrappedRecord record;
    };
    std::optional<Begun> begun_;

    // Of Android's events, which have serials and no time: the boot, within this log.
    std::uint32_t last_serial_ = 0;
    std::int64_t boot_ = 0;

    std::uint64_t remarks_before_ = 0; // how many there were before the log at hand
};

} // namespace selns::log
