#include "selns/cache/record.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

#include <nlohmann/json.hpp>

#include <system_error>

namespace selns::cache {

namespace {

using nlohmann::json;

constexpr int format = 1;
constexpr std::uint64_t record_limit = 64U << 20U;

bool is_pair_of_strings(const json& value) {
    return value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_string();
}

std::optional<Record> from_value(const json& value) {
    if (!value.is_object() || value.value("format", 0) != format)
        return std::nullopt;
    Record record;
    record.kind = value.at("kind").get<std::string>();
    record.key = value.at("key").get<std::string>();
    record.owner = value.at("owner").get<std::string>();
    record.created = value.at("created").get<std::int64_t>();
    for (const json& input : value.at("inputs")) {
        if (!is_pair_of_strings(input))
            return std::nullopt;
        record.inputs.emplace_back(input[0].get<std::string>(), input[1].get<std::string>());
    }
    record.files = value.at("files").get<std::map<std::string, std::uint64_t>>();
    return record;
}

} // namespace

std::string to_json(const Record& record) {
    json inputs = json::array();
    for (const auto& [name, value] : record.inputs)
        inputs.push_back(json::array({name, value}));
    const json value = {{"format", format},          {"kind", record.kind},
                        {"key", record.key},         {"owner", record.owner},
                        {"created", record.created}, {"inputs", std::move(inputs)},
                        {"files", record.files}};
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<Record> from_json(const std::string& text) {
    try {
        return from_value(json::parse(text));
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

std::map<std::string, std::uint64_t> list_files(const std::filesystem::path& directory) {
    std::map<std::string, std::uint64_t> files;
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory))
        if (file.symlink_status().type() == std::filesystem::file_type::regular)
            files[file.path().lexically_relative(directory).string()] = file.file_size();
    files.erase(record_name);
    return files;
}

std::optional<Record> read_record(const std::filesystem::path& directory) {
    try {
        if (!std::filesystem::exists(directory / record_name))
            return std::nullopt;
        auto record = from_json(read_file(directory / record_name, record_limit));
        if (!record)
            return std::nullopt;
        for (const auto& [name, size] : record->files)
            if (std::filesystem::file_size(directory / name) != size)
                return std::nullopt;
        return record;
    } catch (const std::filesystem::filesystem_error&) {
        return std::nullopt;
    } catch (const Error&) {
        return std::nullopt; // another build replaced it just now
    }
}

} // namespace selns::cache
