#include "selns/log/scanner.hpp"

#include <utility>

namespace selns::log {

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

Scanned& Scanner::add(Scanned::Kind kind, std::string_view line, bool ended) {
    return batch_->lines.emplace_back(kind, line, number_, ended);
}

void Scanner::on_line(std::string_view line, bool ended) {
    ++number_;
    if (line.starts_with('\x1e')) // of JSON text sequences
        line.remove_prefix(1);
    if (line.starts_with('{')) {
        add(Scanned::Kind::journal_entry, line, ended);
        return;
    }
    Scanned& added = add(Scanned::Kind::record, line, ended);
    read_head(line, added.head);
    if (added.head.kind == Head::Kind::other)
        batch_->lines.pop_back();
    else if (added.head.kind == Head::Kind::access && !added.head.interpreted && ended)
        hash_.key_of_body(added.head.body, added.key);
}

void Scanner::on_joined_line(std::string line, bool ended) {
    batch_->joined = std::move(line);
    on_line(batch_->joined, ended);
}

void Scanner::on_long_line() {
    ++number_;
    add(Scanned::Kind::too_long, {}, true);
}

} // namespace selns::log
