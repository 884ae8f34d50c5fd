#include "selns/log/scanner.hpp"

#include "selns/log/unwrap.hpp"
#include "selns/log/usual_head.hpp"

#include <utility>

namespace selns::log {

namespace {

// The object of JSON that TEXT is, alone or in an array: "{...}", "[{...}]", "{...},"; else empty.
std::string_view object_in(std::string_view text) {
    if (text.starts_with("[{"))
        text.remove_prefix(1);
    if (!text.starts_with('{'))
        return {};
    const std::size_t last = text.find_last_not_of(",] ");
    return text.substr(0, last + 1);
}

} // namespace

void Scanner::scan(Batch& batch, std::size_t size) {
    begin(batch);
    feed({batch.bytes.data(), size});
    batch.last = number_;
}

void Scanner::finish(Batch& batch) {
    begin(batch);
    LineCutter::finish();
    entries_.finish();
    add_entry();
    batch.last = number_;
}

void Scanner::begin(Batch& batch) {
    batch_ = &batch;
    batch.joined.clear();
    batch.made.clear();
    batch.lines.clear();
}

Scanned& Scanner::add(Scanned::Kind kind, std::string_view line, bool ended) {
    return batch_->lines.emplace_back(kind, line, number_, ended);
}

std::string_view Scanner::keep(std::string line) {
    return batch_->made.emplace_back(std::move(line));
}

void Scanner::on_line(std::string_view line, bool ended) {
    ++number_;
    if (!entries_.active()) {
        Scanned& added = add(Scanned::Kind::record, line, ended);
        if (read_usual_head(line, added.head)) {
            frame_indent_ = added.head.framed ? std::optional<std::size_t>(0) : std::nullopt;
            return add_record(added);
        }
        batch_->lines.pop_back();
    }
    on_unusual_line(line, ended);
}

void Scanner::add_record(Scanned& added) {
    behind_record_ = true;
    if (!added.head.interpreted && added.ended)
        hash_.key_of_body(added.head.body, added.key);
}

void Scanner::on_unusual_line(std::string_view line, bool ended) {
    if (needs_cleaning(line))
        line = keep(clean(line));
    if (take_entry(line))
        return;
    if (line.starts_with('\x1e')) // of JSON text sequences
        line.remove_prefix(1);
    const Unwrapped unwrapped = unwrap(line);
    if (const std::string_view object = object_in(unwrapped.text); !object.empty()) {
        add(Scanned::Kind::json_entry, object, ended);
        behind_record_ = false;
        return;
    }
    add_unusual_head(unwrapped, ended);
}

void Scanner::add_unusual_head(const Unwrapped& line, bool ended) {
    const bool continues = frame_indent_ && line.indent > *frame_indent_;
    Scanned& added = add(Scanned::Kind::record, line.text, ended);
    Head& head = added.head;
    read_unusual_head(line, head);
    if (!continues) {
        frame_indent_ = head.framed ? std::optional(line.indent) : std::nullopt;
    } else if (head.kind != Head::Kind::other) {
        head = {};
        if (looks_like_denial(line.text))
            head.kind = Head::Kind::not_believed;
        head.reason = "it is a further line of the message before it";
    }
    if (head.kind == Head::Kind::access)
        return add_record(added);
    const bool other = head.kind == Head::Kind::other;
    behind_record_ = behind_record_ && other && (continues || !head.framed);
    if (behind_record_)
        added.kind = Scanned::Kind::rest;
    else if (other)
        batch_->lines.pop_back();
}

bool Scanner::take_entry(std::string_view line) {
    const bool active = entries_.active();
    if (!active)
        entry_line_ = number_;
    const bool taken = entries_.take(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    add_entry();
    if (taken) {
        behind_record_ = false;
        frame_indent_.reset();
    }
    return taken;
}

void Scanner::add_entry() {
    auto entry = entries_.done();
    // A brace alone on a line can be anything.
    if (!entry || (entry->json && !entry->whole && !looks_like_denial(entry->text)))
        return;
    const auto kind = !entry->whole ? Scanned::Kind::cut_entry
                      : entry->json ? Scanned::Kind::json_entry
                                    : Scanned::Kind::journal_fields;
    add(kind, keep(std::move(entry->text)), true).number = entry_line_;
    entry_line_ = number_; // of the next one, when this line began it
}

void Scanner::on_empty_lines(std::size_t count) {
    number_ += count;
    behind_record_ = false;
    if (!entries_.active())
        return;
    entries_.take_empty_lines(count);
    add_entry();
}

void Scanner::on_joined_line(std::string line, bool ended) {
    batch_->joined = std::move(line);
    on_line(batch_->joined, ended);
}

void Scanner::on_long_line(std::string_view begin, std::uint64_t size) {
    ++number_;
    behind_record_ = false;
    const bool of_entry = entries_.in_binary_field();
    if (entries_.active())
        entries_.take_long_line(begin, size);
    add_entry();
    if (!of_entry)
        add(Scanned::Kind::too_long, {}, true);
}

} // namespace selns::log
