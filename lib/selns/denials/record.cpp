#include "selns/denials/record.hpp"

#include "selns/base/text.hpp"
#include "selns/denials/fields.hpp"
#include "selns/denials/names.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace selns::denials {

namespace {

constexpr std::string_view marker = "avc:";
constexpr std::size_t most_permissions = 64; // an access vector has 32 bits
constexpr std::size_t longest_value = 4096;

Line malformed(std::string_view reason) {
    return {Line::Kind::malformed, reason, {}};
}

template <typename T>
bool read_number(std::string_view text, T& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// "1700000000.123:45" of audit(1700000000.123:45).
std::optional<Event> read_event(std::string_view text) {
    const std::size_t dot = text.find('.');
    const std::size_t colon = text.find(':');
    if (dot == std::string_view::npos || colon == std::string_view::npos || colon < dot)
        return {};
    const std::string_view fraction = text.substr(dot + 1, colon - dot - 1);
    std::uint32_t seconds = 0;
    std::uint32_t part = 0;
    Event event;
    if (fraction.size() > 3 || !read_number(text.substr(0, dot), seconds) ||
        !read_number(fraction, part) || !read_number(text.substr(colon + 1), event.serial))
        return {};
    for (std::size_t digits = fraction.size(); digits < 3; ++digits)
        part *= 10;
    event.milliseconds = std::int64_t{seconds} * 1000 + part;
    return event;
}

// The last audit(...) before the marker.
std::optional<Event> find_event(std::string_view head) {
    constexpr std::string_view word = "audit";
    while (!head.empty()) {
        const void* found = ::memrchr(head.data(), '(', head.size());
        if (found == nullptr)
            return {};
        const auto open = static_cast<std::size_t>(static_cast<const char*>(found) - head.data());
        if (head.substr(0, open).ends_with(word)) {
            const std::size_t close = head.find(')', open);
            return close == std::string_view::npos
                       ? std::nullopt
                       : read_event(head.substr(open + 1, close - open - 1));
        }
        head = head.substr(0, open);
    }
    return {};
}

// Where a field's value goes; nothing for the many that nobody asks for.
std::string_view* place_of(std::string_view key, RecordView& record) {
    switch (key.size()) {
    case 4:
        return key == "comm"   ? &record.comm
               : key == "path" ? &record.path
               : key == "name" ? &record.name
                               : nullptr;
    case 6:
        return key == "tclass" ? &record.tclass : nullptr;
    case 7:
        return key == "srawcon" ? &record.srawcon : key == "trawcon" ? &record.trawcon : nullptr;
    case 8:
        return key == "scontext"   ? &record.scontext
               : key == "tcontext" ? &record.tcontext
                                   : nullptr;
    default:
        return nullptr;
    }
}

// A record of a user space object manager stands in msg='...', so its last value may have the
// closing quote on it.
std::string_view without_quote(std::string_view value) {
    return value.ends_with('\'') ? value.substr(0, value.size() - 1) : value;
}

// Free text comes first (a name, a command line) and can pretend to be further fields. It cannot
// remove the real ones: a field that decides and stands there twice gives the forgery away.
Line read_fields(std::string_view text, bool ended, RecordView record) {
    Fields fields(text);
    while (fields.next()) {
        if (fields.key() == "permissive") {
            const std::string_view value = without_quote(fields.value());
            if (record.permissive || (value != "0" && value != "1"))
                return malformed("permissive= stands there twice, or is neither 0 nor 1");
            record.permissive = value == "1";
            continue;
        }
        std::string_view* place = place_of(fields.key(), record);
        if (place == nullptr)
            continue;
        const bool free_text = fields.key().size() == 4;
        if (!place->empty() && !free_text)
            return malformed("a context or the class stands there twice");
        if (place->empty())
            *place = free_text ? fields.value() : without_quote(fields.value());
        if (place == &record.tclass && fields.at_end() && !ended)
            return malformed("the file ends in the middle of the record");
    }
    if (fields.bad_quote())
        return malformed("a quote is not closed, or closed twice");
    if (record.scontext.empty() && record.srawcon.empty())
        return malformed("there is no scontext");
    if (record.tcontext.empty() && record.trawcon.empty())
        return malformed("there is no tcontext");
    if (record.tclass.empty())
        return malformed("there is no tclass");
    return {Line::Kind::denial, {}, record};
}

// TEXT is what follows "denied".
Line read_body(std::string_view head, std::string_view text, bool ended) {
    text = skip_blanks(text);
    const std::size_t close = text.find('}');
    if (!text.starts_with('{') || close == std::string_view::npos)
        return malformed("there is no list of permissions in braces");
    RecordView record;
    record.event = find_event(head);
    record.permissions = text.substr(1, close - 1);
    return read_fields(text.substr(close + 1), ended, record);
}

// The context itself when the kernel gave one that has the form of a context.
std::string choose_context(std::string_view raw, std::string_view printed) {
    if (std::string context = decode_value(raw); !context_type(context).empty())
        return context;
    return std::string(printed);
}

std::string keep_value(std::string_view value) {
    return decode_value(value).substr(0, longest_value);
}

} // namespace

Line read_line(std::string_view line, bool ended) {
    constexpr std::string_view denied = "denied";
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    for (std::size_t from = 0; from < line.size();) {
        const void* found =
            ::memmem(line.data() + from, line.size() - from, marker.data(), marker.size());
        if (found == nullptr)
            return {};
        const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - line.data());
        from = at + marker.size();
        const std::string_view rest = skip_blanks(line.substr(from));
        if (rest.starts_with(denied))
            return read_body(line.substr(0, at), rest.substr(denied.size()), ended);
        if (!rest.empty() && denied.starts_with(rest))
            return malformed("the line ends in the middle of the record");
    }
    return {};
}

std::optional<Record> decode(const RecordView& view, std::string_view& reason) {
    Record record;
    for (const std::string_view permission : split_words(view.permissions))
        record.permissions.emplace_back(permission);
    std::ranges::sort(record.permissions);
    record.permissions.erase(std::unique(record.permissions.begin(), record.permissions.end()),
                             record.permissions.end());
    record.scontext = choose_context(view.srawcon, view.scontext);
    record.tcontext = choose_context(view.trawcon, view.tcontext);
    record.tclass = view.tclass;
    if (record.permissions.empty() || record.permissions.size() > most_permissions ||
        !std::ranges::all_of(record.permissions, is_word))
        reason = "the permissions are not names";
    else if (context_type(record.scontext).empty())
        reason = "scontext is not a context";
    else if (context_type(record.tcontext).empty())
        reason = "tcontext is not a context";
    else if (!is_word(record.tclass))
        reason = "tclass is not a name";
    else {
        record.event = view.event;
        record.permissive = view.permissive;
        record.comm = keep_value(view.comm);
        record.path = keep_value(view.path);
        record.name = keep_value(view.name);
        return record;
    }
    return {};
}

std::string decode_value(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return std::string(value.substr(1, value.size() - 2));
    if (value.empty() || value.size() % 2 != 0)
        return std::string(value);
    std::string bytes;
    for (std::size_t i = 0; i < value.size(); i += 2) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(&value[i], &value[i] + 2, byte, 16);
        if (error != std::errc() || end != &value[i] + 2)
            return std::string(value);
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

} // namespace selns::denials
