#include "selns/denials/log.hpp"

#include "selns/base/text.hpp"
#include "selns/denials/input.hpp"
#include "selns/denials/lines.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace selns::denials {

namespace {

constexpr std::size_t excerpt_length = 160;

// The fields that make one denial another; none of them holds a line feed.
void append_writing(const RecordView& view, std::string& writing) {
    writing.clear();
    for (const std::string_view field :
         {view.permissions, view.scontext, view.tcontext, view.tclass, view.srawcon, view.trawcon})
        writing.append(field).push_back('\n');
}

std::string meaning_of(const Record& record) {
    return record.scontext + '\n' + record.tcontext + '\n' + record.tclass + '\n' +
           join(record.permissions, " ");
}

} // namespace

class LogReader::Cutter final : public LineCutter {
  public:
    explicit Cutter(LogReader& reader) : reader_(reader) {}

  private:
    void on_line(std::string_view line, bool ended) override {
        ++reader_.found_.logs.back().lines;
        reader_.take(read_line(line, ended), line);
    }

    void on_long_line() override {
        ++reader_.found_.logs.back().lines;
        reader_.add_malformed("the line is longer than 64 KiB", {});
    }

    LogReader& reader_;
};

void LogReader::read_file(const std::filesystem::path& file, const Interrupt& interrupt) {
    found_.logs.push_back({file.string(), 0, 0, 0});
    Cutter cutter(*this);
    const std::string failure = read_pieces(
        file, [&](std::string_view bytes) { cutter.feed(bytes); }, interrupt);
    cutter.finish();
    if (!failure.empty())
        add_malformed("the compressed data is damaged or cut off here: " + printable(failure), {});
}

void LogReader::read_text(std::string_view text, const std::string& name) {
    found_.logs.push_back({name, 0, 0, 0});
    Cutter cutter(*this);
    cutter.feed(text);
    cutter.finish();
}

void LogReader::take(const Line& line, std::string_view text) {
    if (line.kind == Line::Kind::other)
        return;
    if (line.kind == Line::Kind::malformed)
        return add_malformed(line.reason, text);
    append_writing(line.record, writing_);
    auto known = by_writing_.find(writing_);
    if (known == by_writing_.end()) {
        std::string_view reason;
        std::optional<Record> record = decode(line.record, reason);
        if (!record)
            return add_malformed(reason, text);
        record->at = here();
        account(*record);
        known = by_writing_.emplace(writing_, index_of(std::move(*record))).first;
    }
    count(line.record, known->second);
}

void LogReader::account(const Record& record) {
    constexpr std::size_t overhead = 512; // of the nodes and small strings of one denial
    bytes_ += overhead + 2 * writing_.size() + record.comm.size() + record.path.size() +
              record.name.size();
    if (bytes_ > most_bytes_)
        throw Error(ErrorKind::invalid_input,
                    "the different denials up to here take more than " + human_size(most_bytes_))
            .at(here())
            .hint("this is not the log of one image");
}

LogReader::Index LogReader::index_of(Record record) {
    const auto [place, inserted] =
        by_meaning_.emplace(meaning_of(record), static_cast<Index>(found_.unique.size()));
    if (inserted)
        found_.unique.push_back({std::move(record), 0});
    return place->second;
}

void LogReader::count(const RecordView& view, Index denial) {
    ++found_.logs.back().records;
    if (!view.event || sorted_ > most_events) {
        ++found_.unique[denial].records;
        return;
    }
    // Sorting again at each doubling keeps repeated events from taking up memory.
    sightings_.push_back({*view.event, denial});
    if (sightings_.size() >= std::max<std::size_t>(2 * sorted_, 65536))
        forget_repeated();
}

void LogReader::forget_repeated() {
    std::ranges::sort(sightings_);
    sightings_.erase(std::unique(sightings_.begin(), sightings_.end()), sightings_.end());
    sorted_ = sightings_.size();
}

void LogReader::add_malformed(std::string_view reason, std::string_view text) {
    ++found_.malformed_count;
    ++found_.logs.back().malformed;
    if (found_.malformed.size() < most_malformed)
        found_.malformed.push_back(
            {here(), std::string(reason), std::string(text.substr(0, excerpt_length))});
}

Location LogReader::here() const {
    const LogSummary& log = found_.logs.back();
    constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    return {log.file, static_cast<int>(std::min(log.lines, last)), 0};
}

Denials LogReader::finish() {
    forget_repeated();
    for (const Sighting& sighting : sightings_)
        ++found_.unique[sighting.denial].records;
    sightings_.clear();
    sorted_ = 0;
    for (const Denial& denial : found_.unique)
        found_.records += denial.records;
    by_meaning_.clear();
    by_writing_.clear();
    return std::exchange(found_, {});
}

} // namespace selns::denials
