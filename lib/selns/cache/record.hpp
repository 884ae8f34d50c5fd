#pragma once

#include "selns/cache/directory.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace selns::cache {

// What made something, as names and values in a stable order.
using Inputs = std::vector<std::pair<std::string, std::string>>;

struct FileRecord {
    std::uint64_t size = 0; // bytes
    std::string sha256;     // of the content; of a symbolic link, of where it leads
    bool operator==(const FileRecord&) const = default;
};

// What an entry says about itself, in its inputs.json. It is written last: an entry without it, or
// with other files than it says, is damaged.
struct Record {
    std::string kind;
    std::string key;
    std::string owner;
    std::int64_t created = 0; // seconds since the epoch
    Inputs inputs;
    std::map<std::string, FileRecord> files; // by relative path
    std::string sum = {};                    // SHA-256 of its text, when it was read
};

inline constexpr const char* record_name = "inputs.json";
// Its time of last modification is the entry's last use.
inline constexpr const char* use_name = "last-used";

std::string to_json(const Record& record);
// Nothing when TEXT is no such record, or not as it was written.
std::optional<Record> from_json(const std::string& text);

// The record of ENTRY; nothing when it is missing or damaged.
std::optional<Record> read_record(const Directory& entry);

} // namespace selns::cache
