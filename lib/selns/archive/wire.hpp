#pragma once

#include "selns/archive/entry.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// How entries come out of a sandbox, whoever reads them there.
namespace selns::archive {

enum class RecordKind : char { entry = 'e', content = 'c', end_of_content = '.', spans = 's' };

struct WireRecord {
    RecordKind kind = RecordKind::entry;
    std::string_view body;
};

void put_record(std::string& out, RecordKind kind, std::string_view body);
// Takes the next record off IN. Like what follows, an Error when IN makes no sense: a sandbox is
// not trusted.
WireRecord take_record(std::string_view& in);

std::string encode(const Entry& entry);
void decode(std::string_view body, Entry& entry);

// A piece of content: where it belongs, then the bytes.
std::string encode_content(std::uint64_t offset, std::string_view data);
std::uint64_t take_offset(std::string_view& body);

} // namespace selns::archive
