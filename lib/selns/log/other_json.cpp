#include "selns/log/other_json.hpp"

#include "selns/log/carrier.hpp"
#include "selns/log/fields.hpp"
#include "selns/log/scan.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace selns::log {

namespace {

using nlohmann::json;

// As the audit system writes what a program chose.
std::string to_hex(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string hex;
    for (const char c : text) {
        hex += digits[static_cast<unsigned char>(c) >> 4U];
        hex += digits[static_cast<unsigned char>(c) & 15U];
    }
    return hex;
}

bool is_bare(std::string_view text) {
    return !text.empty() && text.find_first_of(" \t\n\r\"'=\x1d{}") == std::string_view::npos;
}

// " KEY=VALUE"; of a value that is no word, hexadecimal digits. What is no value of a record's is
// left out.
std::string field_of(const std::string& key, const json& value) {
    constexpr std::array<std::string_view, 5> free_text = {"comm", "path", "name", "exe",
                                                           "proctitle"};
    if (!is_bare(key))
        return {};
    if (value.is_number_integer())
        return " " + key + "=" + value.dump();
    if (value.is_boolean())
        return " " + key + (value.get<bool>() ? "=1" : "=0");
    if (!value.is_string())
        return {};
    const auto& text = value.get_ref<const std::string&>();
    const bool free = std::ranges::find(free_text, key) != free_text.end();
    if (!free && !is_bare(text))
        return {};
    return " " + key + "=" + (free ? to_hex(text) : text);
}

// The text at KEY of OBJECT, when it is a word.
std::string_view bare_word(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string() ||
        !is_bare(found->get_ref<const std::string&>()))
        return {};
    return found->get_ref<const std::string&>();
}

// One of laurel's "AVC" as the text of a record. It is one of a denial unless it says otherwise.
std::string record_of(const json& fields) {
    const std::string_view result = bare_word(fields, "seresult");
    std::string text = "avc:  " + std::string(result.empty() ? "denied" : result) + "  {";
    if (const auto permissions = fields.find("seperms");
        permissions != fields.end() && permissions->is_array())
        for (const json& permission : *permissions)
            if (permission.is_string() && is_bare(permission.get_ref<const std::string&>()))
                text += " " + permission.get<std::string>();
    text += " } for ";
    for (const auto& [key, value] : fields.items())
        if (!key.starts_with("se") && key != "ENRICHED")
            text += field_of(key, value);
    return text;
}

std::vector<std::string> lines_of_laurel(const json& event) {
    std::vector<std::string> lines;
    const auto id = event.find("ID");
    const auto records = event.find("AVC");
    if (id == event.end() || !id->is_string() || records == event.end() || !records->is_array())
        return lines;
    std::string head = "type=AVC ";
    if (const std::string_view node = bare_word(event, "NODE"); !node.empty())
        head = "node=" + std::string(node) + " " + head;
    // Of another form, it would hide the record.
    if (parse_event(id->get_ref<const std::string&>()))
        head += "msg=audit(" + id->get<std::string>() + "): ";
    for (const json& record : *records)
        if (record.is_object() && record.contains("tclass"))
            lines.push_back(head + record_of(record));
    return lines;
}

// "{"log":"...\n","stream":"stdout","time":"..."}" of docker's json-file.
std::vector<std::string> lines_of_docker(const json& entry) {
    constexpr std::array<std::string_view, 4> keys = {"log", "stream", "time", "attrs"};
    const bool only_these = std::ranges::all_of(entry.items(), [&](const auto& item) {
        return std::ranges::find(keys, item.key()) != keys.end();
    });
    const auto line = entry.find("log");
    if (!only_these || line == entry.end() || !line->is_string() || !entry.contains("stream"))
        return {};
    std::string text = line->get<std::string>();
    text.erase(std::min(text.find_first_of("\r\n"), text.size()));
    const auto time = entry.find("time");
    return {time != entry.end() && time->is_string() ? time->get<std::string>() + " " + text
                                                     : text};
}

const std::string* find_denial(const json& value) {
    if (value.is_string() && looks_like_denial(value.get_ref<const std::string&>()))
        return &value.get_ref<const std::string&>();
    if (value.is_structured())
        for (const json& item : value)
            if (const std::string* found = find_denial(item))
                return found;
    return nullptr;
}

// Nothing of a nesting that would take up the stack.
json parse(std::string_view object) {
    constexpr int deepest = 16;
    bool deep = false;
    json value = json::parse(
        object,
        [&](int depth, json::parse_event_t, json&) {
            deep = deep || depth > deepest;
            return !deep;
        },
        false);
    return deep ? json() : value;
}

} // namespace

std::vector<std::string> lines_of_json(std::string_view object) {
    if (!contains(object, "\"tclass\"") && !contains(object, "\"log\""))
        return {};
    const json value = parse(object);
    if (!value.is_object())
        return {};
    auto lines = lines_of_laurel(value);
    return lines.empty() ? lines_of_docker(value) : lines;
}

std::string denial_in_json(std::string_view object) {
    const json value = parse(object);
    const std::string* found = find_denial(value);
    return found == nullptr ? std::string(object) : *found;
}

} // namespace selns::log
