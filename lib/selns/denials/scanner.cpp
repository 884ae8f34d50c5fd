#include "selns/denials/scanner.hpp"

#include <utility>

namespace selns::denials {

void Scanner::scan(Batch& batch, std::size_t size) {
    begin(batch);
    feed({batch.bytes.data(), size});
    batch.last = number_;
}

void Scanner::finish(Batch& batch) {
    begin(batch);
    LineCutter::finish();
    batch.last = number_;
}

void Scanner::begin(Batch& batch) {
    batch_ = &batch;
    batch.joined.clear();
    batch.lines.clear();
}

Scanned& Scanner::add(Scanned::Kind kind, std::string_view line) {
    Scanned& added = batch_->lines.emplace_back();
    added.kind = kind;
    added.number = number_;
    added.line = line;
    return added;
}

void Scanner::on_line(std::string_view line, bool ended) {
    ++number_;
    if (line.starts_with('\x1e')) // of JSON text sequences
        line.remove_prefix(1);
    if (line.starts_with('{')) {
        add(Scanned::Kind::journal_entry, line).ended = ended;
        return;
    }
    Scanned& added = add(Scanned::Kind::record, line);
    added.ended = ended;
    added.head = read_head(line);
    if (added.head.kind == Head::Kind::other)
        batch_->lines.pop_back();
    else if (added.head.kind == Head::Kind::access && !added.head.interpreted && ended)
        added.key = hash_.key_of_body(added.head.body);
}

void Scanner::on_joined_line(std::string line, bool ended) {
    batch_->joined = std::move(line);
    on_line(batch_->joined, ended);
}

void Scanner::on_long_line() {
    ++number_;
    add(Scanned::Kind::too_long, {});
}

} // namespace selns::denials
