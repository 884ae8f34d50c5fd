#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace selns::cache {

// What made something, as names and values in a stable order.
using Inputs = std::vector<std::pair<std::string, std::string>>;

// What an entry says about itself, in its inputs.json. It is written last: an entry without it, or
// with files of other sizes than it says, is damaged.
struct Record {
    std::string kind;
    std::string key;
    std::string owner;
    std::int64_t created = 0; // seconds since the epoch
    Inputs inputs;
    std::map<std::string, std::uint64_t> files; // relative path: size in bytes
};

inline constexpr const char* record_name = "inputs.json";

std::string to_json(const Record& record);
// Nothing when TEXT is no such record.
std::optional<Record> from_json(const std::string& text);

// The regular files below DIRECTORY with their sizes, without the record.
std::map<std::string, std::uint64_t> list_files(const std::filesystem::path& directory);

// The record of the entry in DIRECTORY; nothing when it is missing or damaged.
std::optional<Record> read_record(const std::filesystem::path& directory);

} // namespace selns::cache
