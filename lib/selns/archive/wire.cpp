#include "selns/archive/wire.hpp"

#include "selns/base/error.hpp"

#include <concepts>
#include <cstring>

namespace selns::archive {

namespace {

constexpr std::uint8_t no_type = 7; // behind the last FileType

Error nonsense() {
    return {ErrorKind::failed, "the sandbox gave an entry that makes no sense"};
}

template <std::integral Number>
void put(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint64_t>(text.size()));
    out.append(text);
}

template <std::integral Number>
void take(std::string_view& in, Number& number) {
    if (in.size() < sizeof number)
        throw nonsense();
    std::memcpy(&number, in.data(), sizeof number);
    in.remove_prefix(sizeof number);
}

void take(std::string_view& in, bool& value) {
    std::uint8_t number = 0;
    take(in, number);
    value = number != 0;
}

std::string_view take_text(std::string_view& in) {
    std::uint64_t size = 0;
    take(in, size);
    if (size > in.size())
        throw nonsense();
    const std::string_view text = in.substr(0, size);
    in.remove_prefix(size);
    return text;
}

void put_xattrs(std::string& out, const Entry& entry) {
    put(out, static_cast<std::uint64_t>(entry.xattrs.size()));
    for (const auto& [name, value] : entry.xattrs) {
        put(out, std::string_view(name));
        put(out, std::string_view(value));
    }
}

void take_xattrs(std::string_view& in, Entry& entry) {
    entry.xattrs.clear();
    std::uint64_t count = 0;
    take(in, count);
    for (; count > 0; --count) {
        const std::string_view name = take_text(in);
        entry.xattrs[std::string(name)] = take_text(in);
    }
}

} // namespace

void put_record(std::string& out, RecordKind kind, std::string_view body) {
    out += static_cast<char>(kind);
    put(out, body);
}

WireRecord take_record(std::string_view& in) {
    if (in.empty())
        throw nonsense();
    const auto kind = static_cast<RecordKind>(in[0]);
    if (kind != RecordKind::entry && kind != RecordKind::content &&
        kind != RecordKind::end_of_content && kind != RecordKind::spans && kind != RecordKind::link)
        throw nonsense();
    in.remove_prefix(1);
    return {kind, take_text(in)};
}

std::string encode(const Entry& entry) {
    std::string out;
    put(out, std::string_view(entry.path));
    put(out, entry.type ? static_cast<std::uint8_t>(*entry.type) : no_type);
    put(out, entry.mode);
    put(out, entry.uid);
    put(out, entry.gid);
    put(out, entry.mtime);
    put(out, entry.mtime_nanoseconds);
    put(out, entry.size);
    put(out, std::string_view(entry.symlink));
    put(out, entry.hard_link.has_value());
    put(out, std::string_view(entry.hard_link ? *entry.hard_link : ""));
    put(out, entry.major);
    put(out, entry.minor);
    put_xattrs(out, entry);
    put(out, entry.sparse);
    put(out, entry.data_offset.has_value());
    put(out, entry.data_offset.value_or(0));
    return out;
}

void decode(std::string_view in, Entry& entry) {
    std::uint8_t type = 0;
    bool has_link = false;
    bool has_offset = false;
    std::uint64_t offset = 0;
    entry.path = take_text(in);
    take(in, type);
    take(in, entry.mode);
    take(in, entry.uid);
    take(in, entry.gid);
    take(in, entry.mtime);
    take(in, entry.mtime_nanoseconds);
    take(in, entry.size);
    entry.symlink = take_text(in);
    take(in, has_link);
    const std::string_view link = take_text(in);
    entry.hard_link = has_link ? std::optional<std::string>(link) : std::nullopt;
    take(in, entry.major);
    take(in, entry.minor);
    take_xattrs(in, entry);
    take(in, entry.sparse);
    take(in, has_offset);
    take(in, offset);
    entry.data_offset = has_offset ? std::optional(offset) : std::nullopt;
    if (type > no_type || entry.mode > 07777U || entry.mtime_nanoseconds >= 1'000'000'000U)
        throw nonsense();
    entry.type = type == no_type ? std::nullopt : std::optional(static_cast<FileType>(type));
}

std::string encode_number(std::uint64_t number, std::string_view rest) {
    std::string out;
    put(out, number);
    return out.append(rest);
}

std::uint64_t take_number(std::string_view& body) {
    std::uint64_t number = 0;
    take(body, number);
    return number;
}

} // namespace selns::archive
