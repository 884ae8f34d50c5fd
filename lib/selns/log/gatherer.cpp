#include "selns/log/gatherer.hpp"

#include "selns/base/text.hpp"
#include "selns/log/journal.hpp"
#include "selns/log/nature.hpp"
#include "selns/log/other_json.hpp"
#include "selns/log/unwrap.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace selns::log {

namespace {

constexpr std::size_t excerpt_length = 160;

} // namespace

void Gatherer::take(const Batch& batch) {
    constexpr std::size_t ahead = 16; // their places in the memo are on their way from memory
    const std::span<const Scanned> lines = batch.lines;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i + ahead < lines.size())
            memo_.fetch(lines[i + ahead].key);
        take(lines[i]);
    }
    log().lines = line_ = batch.last;
}

void Gatherer::take(const Scanned& scanned) {
    if (begun_) {
        if (scanned.kind == Scanned::Kind::rest &&
            begun_->record.take(scanned.line, scanned.number))
            return;
        give_up_wrapped();
    }
    line_ = scanned.number;
    switch (scanned.kind) {
    case Scanned::Kind::record:
        return scanned.key.size > 0 ? take_usual(scanned)
                                    : take_message(scanned.head, scanned.line, scanned.ended);
    case Scanned::Kind::rest:
        return;
    case Scanned::Kind::json_entry:
        return take_json(scanned);
    case Scanned::Kind::journal_fields: {
        const Head head = read_journal_fields(scanned.line, message_);
        return take_message(head, message_, scanned.ended);
    }
    case Scanned::Kind::cut_entry:
        return add_malformed("an entry of a journal is cut off here, or too long", {});
    case Scanned::Kind::too_long:
        return add_malformed("the line is longer than 64 KiB", {});
    }
}

void Gatherer::take_json(const Scanned& scanned) {
    const std::vector<std::string> lines = lines_of_json(scanned.line);
    for (const std::string& line : lines)
        take_message(read_head(line), line, scanned.ended);
    if (!lines.empty())
        return;
    const Head head = read_journal_entry(scanned.line, message_);
    if (head.kind == Head::Kind::not_believed && message_.empty())
        message_ = denial_in_json(scanned.line);
    take_message(head, message_, scanned.ended);
}

void Gatherer::take_message(const Head& head, std::string_view line, bool ended) {
    if (head.kind == Head::Kind::other)
        return;
    take_mark(head);
    const Line parsed = read_body(head, ended);
    if (const auto index = take_record(parsed, line))
        count(parsed.head, *index, line);
}

void Gatherer::take_mark(const Head& head) {
    LastMarks& last = found_.last;
    std::optional<Milliseconds>* mark = head.kind == Head::Kind::boot           ? &last.boot
                                        : head.kind == Head::Kind::daemon_start ? &last.daemon_start
                                        : head.kind == Head::Kind::policy_load  ? &last.policy_load
                                                                                : nullptr;
    if (mark != nullptr && head.time != 0)
        *mark = std::max(mark->value_or(0), head.time);
}

// A whole line that says all of it in its body.
void Gatherer::take_usual(const Scanned& scanned) {
    const Head& head = scanned.head;
    const TextKey& key = scanned.key;
    if (const Index* known = memo_.find(key))
        return count(head, *known, scanned.line);
    const Line parsed = read_body(head);
    const auto index = take_record(parsed, scanned.line);
    if (!index)
        return;
    const bool whole_key = key.inode == nullptr || key.inode == parsed.record.inode.data();
    if (whole_key && !excludes_time(head.time))
        memo_.remember(key, *index);
    count(head, *index, scanned.line);
}

// The denial that the line is about, with all that its records say but when; nothing when it is
// about none.
std::optional<Gatherer::Index> Gatherer::take_record(const Line& line, std::string_view text) {
    if (line.kind != Line::Kind::denial)
        return take_other(line, text);
    std::string_view fault;
    const auto index = take_denial(line, fault);
    return index ? index : take_other({Line::Kind::malformed, fault, line.head, {}}, text);
}

std::optional<Gatherer::Index> Gatherer::take_other(const Line& line, std::string_view text) {
    switch (line.kind) {
    case Line::Kind::malformed:
        if (needs_cleaning(text)) { // copied from a page, perhaps
            const std::string cleaned = clean(text);
            take_message(read_head(cleaned), cleaned, true);
        } else if (line.cut_off) {
            begun_.emplace(Begun{remark(line.reason, text), {text, line_}});
        } else {
            add_malformed(line.reason, text);
        }
        break;
    case Line::Kind::not_believed:
        if (options_.trust)
            take_trusted(text);
        else
            found_.not_believed.add(remark(line.reason, text));
        break;
    case Line::Kind::lost:
        found_.incomplete.add(remark(line.reason, text));
        break;
    case Line::Kind::notice:
        found_.notices.add(remark(line.reason, text));
        break;
    case Line::Kind::other:
    case Line::Kind::denial:
        break;
    }
    return {};
}

void Gatherer::take_trusted(std::string_view text) {
    const Head head = read_trusted(text);
    const Line parsed = read_body(head);
    std::string_view fault = parsed.reason;
    const auto index =
        parsed.kind == Line::Kind::denial ? take_denial(parsed, fault) : std::nullopt;
    if (!index)
        return add_malformed(fault, text);
    found_.trusted.add(remark("taken for the kernel's or the audit system's word", text));
    count(head, *index, text);
}

std::optional<Gatherer::Index> Gatherer::take_denial(const Line& line, std::string_view& fault) {
    const auto kin = unique_.find_kin(line.record, fault);
    if (!kin)
        return {};
    check_size();
    if (*kin == excluded || excludes_time(line.head.time) ||
        (asks_origin_ && excludes_origin(line.record)))
        return excluded;
    const Index index = unique_.find(line.record, *kin);
    unique_.gather(line.record, index);
    sightings_.resize(unique_.size());
    if (Sighting& first = sightings_[index]; first.line == 0)
        first = {first.time, line_, found_.logs.size() - 1};
    return index;
}

// Nothing more comes: the record is counted if it is whole, else told.
void Gatherer::give_up_wrapped() {
    if (!begun_)
        return;
    const Begun begun = *std::exchange(begun_, {});
    const std::string& whole = begun.record.whole();
    if (whole.empty())
        add_malformed(begun.remark);
    else
        take_message(read_head(whole), whole, true);
}

void Gatherer::check_size() const {
    if (unique_.bytes() > options_.most_bytes || unique_.full())
        throw Error(ErrorKind::invalid_input, "the different denials up to here take more than " +
                                                  human_size(options_.most_bytes))
            .at(here())
            .hint("this is not the log of one image");
}

bool Gatherer::excludes_time(Milliseconds time) const {
    return time != 0 && !options_.selection.wants_time(time);
}

bool Gatherer::excludes_origin(const RecordView& view) const {
    return !options_.selection.wants_origin(
        decode_name(view, view.device), decode_name(view, view.comm), decode_name(view, view.exe));
}

// EVENT, told apart from those of other boots where it has no time.
Event Gatherer::event_of(const Event& event, std::string_view line) {
    constexpr std::uint32_t disorder = 100; // of lines, in serials
    if (event.time != 0)
        return event;
    if (const std::uint32_t moment = moment_in_frame(line); moment != 0)
        return {moment, event.serial};
    if (event.serial + disorder < last_serial_)
        ++boot_;
    last_serial_ = event.serial;
    return {boot_, event.serial};
}

void Gatherer::count(const Head& head, Index index, std::string_view line) {
    if (index == excluded || excludes_time(head.time)) {
        ++log().excluded;
        return;
    }
    ++log().records;
    if (head.time == 0)
        found_.without_time += options_.selection.bounds_time() ? 1 : 0;
    else if (Milliseconds& first = sightings_[index].time; first == 0 || head.time < first)
        first = head.time;
    if (head.event && events_.size() < LogReader::most_events)
        events_.add(head.node, event_of(*head.event, line), index);
    else
        ++unique_[index].records;
}

void Gatherer::add_malformed(std::string_view reason, std::string_view text) {
    add_malformed(remark(reason, text));
}

void Gatherer::add_malformed(Remark remark) {
    ++log().malformed;
    found_.malformed.add(std::move(remark));
}

void Gatherer::doubt(std::string_view sample) {
    give_up_wrapped();
    if (log().records > 0 || log().excluded > 0)
        return;
    const Nature nature = nature_of(sample);
    if (nature == Nature::binary)
        throw Error(ErrorKind::invalid_input,
                    "this is no log: there are bytes in it that no text has")
            .at({printable(log().file)})
            .hint("a log is what dmesg, journalctl, ausearch or logcat print, or "
                  "/var/log/audit/audit.log");
    if (remarks() > remarks_before_)
        return;
    if (nature == Nature::empty)
        log().doubt = "is empty";
    else if (nature == Nature::other_text)
        log().doubt = "has nothing in it that looks like a line of a log";
}

Remark Gatherer::remark(std::string_view reason, std::string_view text) const {
    return {here(), std::string(reason), std::string(text.substr(0, excerpt_length))};
}

Location Gatherer::place_of(std::size_t log, std::uint64_t line) const {
    constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    return {found_.logs[log].file, static_cast<int>(std::min(line, last)), 0};
}

Denials Gatherer::take_result() {
    give_up_wrapped();
    const std::vector<std::uint64_t> counts = events_.take_counts(unique_.size());
    sightings_.resize(counts.size());
    for (Index index = 0; index < counts.size(); ++index) {
        Denial& denial = unique_[index];
        denial.records += counts[index];
        const Sighting& first = sightings_[index];
        if (first.time != 0)
            denial.seen.add_time(first.time / 1000);
        denial.at = place_of(first.log, first.line);
    }
    found_.unique = unique_.take();
    for (const Denial& denial : found_.unique)
        found_.records += denial.records;
    for (const LogSummary& log : found_.logs)
        found_.excluded += log.excluded;
    return std::move(found_);
}

} // namespace selns::log
