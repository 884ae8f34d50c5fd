#pragma once

#include "selns/archive/entry.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// How entries come out of a sandbox, whoever reads them there.
namespace selns::archive {

enum class RecordKind : char {
    entry = 'e',
    content = 'c',
    end_of_content = '.',
    spans = 's', // where content lies
    link = 'l',  // another name of an entry before
};

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

// Numbers before a body: where a piece of content belongs, which entry is meant.
std::string encode_number(std::uint64_t number, std::string_view rest);
std::uint64_t take_number(std::string_view& body);

} // namespace selns::archive
