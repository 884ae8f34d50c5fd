#include "selns/denials/log.hpp"

#include "selns/base/text.hpp"
#include "selns/denials/events.hpp"
#include "selns/denials/journal.hpp"
#include "selns/denials/lines.hpp"
#include "selns/denials/memo.hpp"
#include "selns/denials/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace selns::denials {

namespace {

constexpr std::size_t excerpt_length = 160;

// The fields that make one denial another, as they stand there; none of them holds a line feed.
void append_writing(const RecordView& view, std::string& writing) {
    writing.assign(1, static_cast<char>('0' + static_cast<int>(view.kind)));
    for (const std::string_view field : {view.permissions, view.scontext, view.tcontext,
                                         view.new_context, view.tclass, view.srawcon, view.trawcon})
        writing.append(field).push_back('\n');
}

// What they say: different writings can mean the same.
std::string meaning_of(const Denial& denial) {
    std::string meaning(1, static_cast<char>('0' + static_cast<int>(denial.kind)));
    for (const std::string& field :
         {denial.scontext, denial.tcontext, denial.new_context, denial.printed_source,
          denial.printed_target, denial.tclass, denial.expected})
        meaning.append(field).push_back('\n');
    return meaning + join(denial.permissions, " ");
}

bool is_file_class(std::string_view tclass) {
    static constexpr std::array<std::string_view, 7> classes = {
        "file", "dir", "lnk_file", "sock_file", "fifo_file", "blk_file", "chr_file"};
    return std::ranges::find(classes, tclass) != classes.end();
}

// The number in "0x5401"; nothing for anything else, like the names that ausearch -i gives.
std::optional<std::uint16_t> read_command(std::string_view text) {
    std::uint16_t command = 0;
    if (!text.starts_with("0x"))
        return {};
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + 2, last, command, 16);
    return error == std::errc() && end == last ? std::optional(command) : std::nullopt;
}

// Whether adding NAME changes nothing, as with most of a long log's: it is among the smallest,
// which are kept, or has no place there.
bool is_settled(const std::set<std::string>& names, std::string_view name) {
    return name.empty() || std::ranges::find(names, name) != names.end() ||
           (names.size() == Seen::most && name >= *names.rbegin() && !name.starts_with("/proc/"));
}

std::size_t size_of(const Seen& seen) {
    std::size_t size = 0;
    for (const auto* names : {&seen.programs, &seen.objects})
        for (const std::string& name : *names)
            size += name.size();
    return size;
}

bool in_order(const Denial& one, const Denial& two) {
    const Record& first = one;
    const Record& second = two;
    return std::tie(first, one.expected) < std::tie(second, two.expected);
}

} // namespace

void Remarks::add(Remark remark) {
    ++count;
    if (first.size() < most)
        first.push_back(std::move(remark));
}

class LogReader::Impl final : public LineCutter {
  public:
    explicit Impl(ReadOptions options)
        : options_(std::move(options)), asks_origin_(!options_.selection.exclude_device.empty() ||
                                                     !options_.selection.exclude_program.empty()) {}

    void begin(const std::string& name) {
        found_.logs.emplace_back();
        found_.logs.back().file = name;
        line_ = 0;
    }
    void add_malformed(std::string_view reason, std::string_view text);
    Denials take_result();
    const Selection& selection() const { return options_.selection; }

  private:
    using Index = EventSet::Denial; // of a unique denial
    static constexpr Index excluded = EventSet::most_denials;

    void on_line(std::string_view line, bool ended) override;
    void on_long_line() override;
    void on_release() override;

    // A line that waits for its place in the memo to arrive from memory.
    struct Waiting {
        Head head;
        Memo::Key key;
        std::string_view line;
        std::uint64_t number = 0;
    };
    static constexpr std::size_t most_waiting = 32;

    void take(const Head& head, std::string_view line, bool ended);
    void take_waiting(const Waiting& waiting);
    std::optional<Index> take_record(const Line& line, std::string_view text);
    std::optional<Index> index_of(const RecordView& view, std::string_view text);
    void count(const Head& head, Index index);
    bool excludes_time(Milliseconds time) const;
    bool excludes_origin(const RecordView& view) const;
    Index with_expected(const RecordView& view, Index base);
    void gather(const RecordView& view, Index index);
    void gather_command(const RecordView& view, Denial& denial);

    Index add_unique(Denial denial);
    void account(std::size_t bytes);
    Remark remark(std::string_view reason, std::string_view text) const;
    Location here() const;
    LogSummary& log() { return found_.logs.back(); }

    ReadOptions options_;
    bool asks_origin_;
    Denials found_;
    std::deque<Denial> unique_;             // they are large: they stay where they are
    std::vector<Milliseconds> first_times_; // of the unique denials; 0: none
    std::unordered_map<std::string, Index> by_writing_;
    std::unordered_map<std::string, Index> by_meaning_;
    Memo memo_;
    std::array<Waiting, most_waiting> waiting_;
    std::size_t waiting_count_ = 0;
    std::uint64_t line_ = 0; // the number of the line at hand
    EventSet events_;
    std::size_t bytes_ = 0; // what the different denials take up, about
    // Reused from line to line:
    std::string writing_;
    std::string program_;
    std::string object_;
    std::string message_; // of a journal's entry
};

void LogReader::Impl::on_line(std::string_view line, bool ended) {
    ++log().lines;
    if (line.starts_with('\x1e')) // of JSON text sequences
        line.remove_prefix(1);
    if (line.starts_with('{')) {
        on_release();
        const Head head = read_journal_entry(line, message_);
        take(head, message_, ended);
        on_release();
    } else {
        take(read_head(line), line, ended);
    }
}

void LogReader::Impl::on_long_line() {
    ++log().lines;
    on_release();
    add_malformed("the line is longer than 64 KiB", {});
}

// Only whole lines that say all of it in their body can be looked up in the memo; these wait for
// each other.
void LogReader::Impl::take(const Head& head, std::string_view line, bool ended) {
    if (head.kind == Head::Kind::other)
        return;
    if (head.kind == Head::Kind::access && !head.interpreted && ended) {
        waiting_[waiting_count_] = {head, memo_.key_of(head.body), line, log().lines};
        memo_.fetch(waiting_[waiting_count_].key);
        if (++waiting_count_ == most_waiting)
            on_release();
        return;
    }
    on_release();
    line_ = log().lines;
    if (const auto index = take_record(read_body(head, ended), line))
        count(head, *index);
}

void LogReader::Impl::on_release() {
    const std::span<const Waiting> all(waiting_.data(), std::exchange(waiting_count_, 0));
    for (const Waiting& waiting : all)
        take_waiting(waiting);
    line_ = log().lines;
}

void LogReader::Impl::take_waiting(const Waiting& waiting) {
    const Head& head = waiting.head;
    const Memo::Key& key = waiting.key;
    if (const Index* known = memo_.find(key))
        return count(head, *known);
    line_ = waiting.number;
    const Line parsed = read_body(head);
    const auto index = take_record(parsed, waiting.line);
    if (!index)
        return;
    const bool whole_key = key.inode == nullptr || key.inode == parsed.record.inode.data();
    if (whole_key && !excludes_time(head.time))
        memo_.remember(key, *index);
    count(head, *index);
}

// The denial that the line is about, with all that its records say but when; nothing when it is
// about none.
std::optional<LogReader::Impl::Index> LogReader::Impl::take_record(const Line& line,
                                                                   std::string_view text) {
    switch (line.kind) {
    case Line::Kind::other:
        return {};
    case Line::Kind::malformed:
        add_malformed(line.reason, text);
        return {};
    case Line::Kind::not_believed:
        found_.not_believed.add(remark(line.reason, text));
        return {};
    case Line::Kind::lost:
        found_.incomplete.add(remark(line.reason, text));
        return {};
    case Line::Kind::denial:
        break;
    }
    std::optional<Index> index = index_of(line.record, text);
    if (!index || *index == excluded || excludes_time(line.head.time))
        return index;
    if (asks_origin_ && excludes_origin(line.record))
        return excluded;
    index = with_expected(line.record, *index);
    gather(line.record, *index);
    return index;
}

std::optional<LogReader::Impl::Index> LogReader::Impl::index_of(const RecordView& view,
                                                                std::string_view text) {
    append_writing(view, writing_);
    const auto known = by_writing_.find(writing_);
    if (known != by_writing_.end())
        return known->second;
    std::string_view reason;
    std::optional<Record> record = decode(view, reason);
    if (!record) {
        add_malformed(reason, text);
        return {};
    }
    account(writing_.size());
    const bool wanted = options_.selection.wants_types(context_type(record->scontext),
                                                       context_type(record->tcontext));
    Denial denial;
    static_cast<Record&>(denial) = std::move(*record);
    const Index index = wanted ? add_unique(std::move(denial)) : excluded;
    by_writing_.emplace(writing_, index);
    return index;
}

LogReader::Impl::Index LogReader::Impl::add_unique(Denial denial) {
    const auto [place, inserted] =
        by_meaning_.emplace(meaning_of(denial), static_cast<Index>(unique_.size()));
    if (inserted) {
        account(place->first.size());
        unique_.push_back(std::move(denial));
        first_times_.push_back(0);
    }
    return place->second;
}

void LogReader::Impl::account(std::size_t bytes) {
    constexpr std::size_t overhead = 512; // of the nodes and small strings of one denial
    bytes_ += overhead + 2 * bytes;
    if (bytes_ > options_.most_bytes || unique_.size() >= excluded)
        throw Error(ErrorKind::invalid_input, "the different denials up to here take more than " +
                                                  human_size(options_.most_bytes))
            .at(here())
            .hint("this is not the log of one image");
}

bool LogReader::Impl::excludes_time(Milliseconds time) const {
    return time != 0 && !options_.selection.wants_time(time);
}

bool LogReader::Impl::excludes_origin(const RecordView& view) const {
    return !options_.selection.wants_origin(
        decode_name(view, view.device), decode_name(view, view.comm), decode_name(view, view.exe));
}

LogReader::Impl::Index LogReader::Impl::with_expected(const RecordView& view, Index base) {
    const Denial& denial = unique_[base];
    if (!options_.expected || denial.kind != DenialKind::access || !is_file_class(denial.tclass))
        return base;
    const std::string path = decode_name(view, view.path);
    if (!path.starts_with('/'))
        return base;
    std::string context = options_.expected(path, denial.tclass, decode_name(view, view.device));
    if (context.empty() || context_type(context) == context_type(denial.tcontext))
        return base;
    Denial mislabelled;
    static_cast<Record&>(mislabelled) = denial;
    mislabelled.expected = std::move(context);
    return add_unique(std::move(mislabelled));
}

void LogReader::Impl::gather(const RecordView& view, Index index) {
    Denial& denial = unique_[index];
    if (!denial.at.known())
        denial.at = here();
    denial.enforced = denial.enforced || view.permissive == false;
    const std::string_view program =
        decode_name(view, view.comm.empty() ? view.exe : view.comm, program_);
    const std::string_view object =
        decode_name(view, view.path.empty() ? view.name : view.path, object_);
    if (!is_settled(denial.seen.programs, program) || !is_settled(denial.seen.objects, object)) {
        const std::size_t before = size_of(denial.seen);
        denial.seen.add_program(std::string(program));
        denial.seen.add_object(std::string(object));
        bytes_ += size_of(denial.seen) - before; // can be less than before
    }
    if (std::ranges::binary_search(denial.permissions, "ioctl"))
        gather_command(view, denial);
}

void LogReader::Impl::gather_command(const RecordView& view, Denial& denial) {
    const auto command = read_command(view.command);
    if (!command)
        denial.ioctl_without_command = true;
    else if (denial.commands.insert(*command).second)
        account(0);
}

void LogReader::Impl::count(const Head& head, Index index) {
    if (index == excluded || excludes_time(head.time)) {
        ++log().excluded;
        return;
    }
    ++log().records;
    if (head.time == 0)
        found_.without_time += options_.selection.bounds_time() ? 1 : 0;
    else if (first_times_[index] == 0 || head.time < first_times_[index])
        first_times_[index] = head.time;
    if (head.event && events_.size() < most_events)
        events_.add(head.node, *head.event, index);
    else
        ++unique_[index].records;
}

void LogReader::Impl::add_malformed(std::string_view reason, std::string_view text) {
    ++log().malformed;
    found_.malformed.add(remark(reason, text));
}

Remark LogReader::Impl::remark(std::string_view reason, std::string_view text) const {
    return {here(), std::string(reason), std::string(text.substr(0, excerpt_length))};
}

Location LogReader::Impl::here() const {
    const LogSummary& log = found_.logs.back();
    constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    return {log.file, static_cast<int>(std::min(line_, last)), 0};
}

Denials LogReader::Impl::take_result() {
    const std::vector<std::uint64_t> counts = events_.take_counts(unique_.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
        unique_[i].records += counts[i];
        if (first_times_[i] != 0)
            unique_[i].seen.add_time(first_times_[i] / 1000);
    }
    // Some stand there only for others: without what their paths should have been labelled, or
    // outside of the time that is wanted.
    std::vector<Denial*> wanted;
    for (Denial& denial : unique_)
        if (denial.records > 0)
            wanted.push_back(&denial);
    std::ranges::sort(wanted, in_order,
                      [](const Denial* denial) -> const Denial& { return *denial; });
    found_.unique.reserve(wanted.size());
    for (Denial* denial : wanted)
        found_.unique.push_back(std::move(*denial));
    for (const Denial& denial : found_.unique)
        found_.records += denial.records;
    for (const LogSummary& log : found_.logs)
        found_.excluded += log.excluded;
    return std::move(found_);
}

LogReader::LogReader(ReadOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
LogReader::~LogReader() = default;
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;

void LogReader::read_file(const std::filesystem::path& file, const Interrupt& interrupt) {
    std::string failure;
    read_stream(file.string(),
                [&](const Piece& piece) { failure = read_pieces(file, piece, interrupt); });
    if (!failure.empty())
        impl_->add_malformed(
            "the compressed data is damaged or cut off here: " + printable(failure), {});
}

void LogReader::read_text(std::string_view text, const std::string& name) {
    read_stream(name, [text](const Piece& piece) { piece(text); });
}

void LogReader::read_stream(const std::string& name,
                            const std::function<void(const Piece&)>& source) {
    impl_->begin(name);
    source([this](std::string_view bytes) { impl_->feed(bytes); });
    impl_->finish();
}

const Selection& LogReader::selection() const {
    return impl_->selection();
}

Denials LogReader::finish() {
    return impl_->take_result();
}

} // namespace selns::denials
