#include "selns/cache/record.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/json/json.hpp"

#include <nlohmann/json.hpp>

namespace selns::cache {

namespace {

using Json = nlohmann::json;

// 1 had no hashes.
constexpr int format = 2;
constexpr json::Limits record_limits{.bytes = 64U << 20U, .depth = 8, .values = 1'000'000};

// A record begins with the sum of all that follows.
constexpr std::string_view before_sum = "{\"sum\": \"";
constexpr std::size_t sum_size = 64;

Record from_value(const json::Value& value) {
    Record record;
    record.kind = value.at("kind").text();
    record.key = value.at("key").text();
    record.owner = value.at("owner").text();
    record.created = value.at("created").integer();
    for (const json::Value& input : value.at("inputs").list()) {
        const auto pair = input.texts();
        if (pair.size() != 2)
            input.refuse("a name and a value");
        record.inputs.emplace_back(pair[0], pair[1]);
    }
    for (const auto& [path, file] : value.at("files").members())
        record.files[path] = {file.at("size").number(), file.at("sha256").text()};
    return record;
}

} // namespace

std::string to_json(const Record& record) {
    Json inputs = Json::array();
    for (const auto& [name, value] : record.inputs)
        inputs.push_back(Json::array({name, value}));
    Json files = Json::object();
    for (const auto& [path, content] : record.files)
        files[path] = {{"size", content.size}, {"sha256", content.sha256}};
    const Json value = {{"format", format},          {"kind", record.kind},
                        {"key", record.key},         {"owner", record.owner},
                        {"created", record.created}, {"inputs", std::move(inputs)},
                        {"files", std::move(files)}};
    std::string rest = value.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
    rest.replace(0, 1, "\","); // where the object began
    return std::string(before_sum) + sha256(rest) + rest;
}

std::optional<Record> from_json(const std::string& text) {
    if (!text.starts_with(before_sum) || text.size() < before_sum.size() + sum_size)
        return std::nullopt;
    const std::string sum = text.substr(before_sum.size(), sum_size);
    if (sha256(std::string_view(text).substr(before_sum.size() + sum_size)) != sum)
        return std::nullopt;
    try {
        const json::Value value = json::parse(text, "", record_limits);
        if (value.at("format").number() != format)
            return std::nullopt;
        Record record = from_value(value);
        record.sum = sum;
        return record;
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::optional<Record> read_record(const Directory& entry) {
    const Fd fd = entry.open_file(record_name);
    if (!fd)
        return std::nullopt;
    try {
        return from_json(read_all(fd.get(), record_name, record_limits.bytes));
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace selns::cache
