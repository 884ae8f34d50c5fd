#include "selns/log/entries.hpp"

#include "selns/base/text.hpp"
#include "selns/log/fields.hpp"
#include "selns/log/moment.hpp"
#include "selns/log/origin.hpp"
#include "selns/log/scan.hpp"

#include <algorithm>
#include <utility>

namespace selns::log {

namespace {

constexpr std::uint64_t most_binary = std::uint64_t{768} << 20U; // that journald takes
constexpr std::size_t size_bytes = 8;   // before a binary field, in little endian
constexpr std::size_t field_indent = 4; // of -o verbose

bool is_field_name(std::string_view text) {
    constexpr std::size_t longest_name = 64;
    return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
    });
}

// The name of a field "NAME=VALUE"; empty when TEXT is none.
std::string_view field_name(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string_view name = equals == std::string_view::npos ? "" : text.substr(0, equals);
    return is_field_name(name) ? name : std::string_view();
}

// "Tue 2023-11-14 22:13:20.123456 UTC [s=...;i=...]"
bool begins_verbose_entry(std::string_view line) {
    return line.ends_with(']') && contains(line, " [s=") && contains(line, ";i=") &&
           parse_stamp(stamp_of(line));
}

// Whether TEXT can be a line of an object that is spread over lines. Others are never swallowed:
// a brace alone on a line can be anything.
bool continues_json(std::string_view text) {
    if (text.empty())
        return true;
    if (text.front() == '"' || text.front() == '}' || text.front() == ']')
        return true;
    if (text.ends_with(','))
        text.remove_suffix(1);
    return text == "[" || text == "{" || text == "null" || text == "true" || text == "false" ||
           text.find_first_not_of("0123456789+-.eE, ") == std::string_view::npos;
}

std::size_t indent_of(std::string_view line) {
    return line.size() - skip_blanks(line).size();
}

} // namespace

bool Entries::take(std::string_view line) {
    switch (form_) {
    case Form::exported:
        if (take_exported(line))
            return true;
        end();
        break;
    case Form::verbose:
        if (take_verbose(line))
            return true;
        end();
        break;
    case Form::json:
        if (take_json(line))
            return true;
        end(false);
        break;
    case Form::none:
        break;
    }
    return begin(line);
}

bool Entries::begin(std::string_view line) {
    if (line.starts_with("__CURSOR=") || line.starts_with("__REALTIME_TIMESTAMP=")) {
        form_ = Form::exported;
        return take_exported(line);
    }
    if (begins_verbose_entry(line)) {
        form_ = Form::verbose;
        add("__REALTIME_TIMESTAMP", std::to_string(*parse_stamp(stamp_of(line)) * 1000));
        return true;
    }
    if (trim(line) == "{") {
        form_ = Form::json;
        indent_ = indent_of(line);
        text_ = "{";
        return true;
    }
    return false;
}

bool Entries::take_exported(std::string_view line) {
    if (!binary_name_.empty()) {
        take_binary(line, line.size());
        return true;
    }
    const std::string_view name = field_name(line);
    if (!name.empty()) {
        add(name, line.substr(name.size() + 1));
    } else if (is_field_name(line)) {
        binary_name_ = line;
        binary_.clear();
        binary_size_ = 0;
    } else {
        return false;
    }
    return true;
}

// A line of SIZE bytes of the field at hand, and its line feed.
void Entries::take_binary(std::string_view bytes, std::uint64_t size) {
    if (binary_.size() < longest)
        binary_.append(bytes).append(1, '\n');
    binary_size_ += size + 1;
    if (binary_size_ < size_bytes)
        return;
    std::uint64_t length = 0;
    for (std::size_t i = size_bytes; i-- > 0;)
        length = length << 8U | static_cast<unsigned char>(binary_[i]);
    const std::uint64_t wanted = size_bytes + length + 1;
    if (length <= most_binary && binary_size_ < wanted)
        return;
    const std::string name = std::exchange(binary_name_, {});
    if (binary_size_ != wanted)
        end(false); // this was no export
    else if (binary_.size() == wanted)
        add(name, std::string_view(binary_).substr(size_bytes, length));
}

bool Entries::take_verbose(std::string_view line) {
    const std::size_t indent = indent_of(line);
    if (indent == 0)
        return false;
    const std::string_view name = field_name(line.substr(indent));
    if (indent == field_indent && !name.empty())
        add(name, line.substr(indent + name.size() + 1));
    else if (text_.ends_with('\0')) // a further line of the value before
        text_.insert(text_.size() - 1, "\n");
    return true;
}

bool Entries::take_json(std::string_view line) {
    const std::string_view text = trim(line);
    if (!continues_json(text))
        return false;
    if (text_.size() + line.size() < longest)
        text_.append(1, ' ').append(line);
    else
        too_long_ = true;
    if (indent_of(line) == indent_ && (text == "}" || text == "}," || text == "}]")) {
        text_.resize(text_.rfind('}') + 1);
        end();
    }
    return true;
}

void Entries::take_empty_lines(std::size_t count) {
    for (; count > 0 && form_ == Form::exported; --count) {
        if (!binary_name_.empty())
            take_binary({}, 0);
        else
            end();
    }
}

void Entries::take_long_line(std::string_view begin, std::uint64_t size) {
    if (!binary_name_.empty())
        take_binary(begin, size);
    else
        end(false);
}

void Entries::add(std::string_view name, std::string_view value) {
    if (text_.size() + name.size() + value.size() < longest &&
        value.find('\0') == std::string_view::npos)
        text_.append(name).append(1, '=').append(value).append(1, '\0');
}

void Entries::end(bool whole) {
    if (active())
        done_ = Entry{form_ == Form::json, whole && !too_long_, std::move(text_)};
    form_ = Form::none;
    too_long_ = false;
    text_.clear();
    binary_name_.clear();
}

std::optional<Entries::Entry> Entries::done() {
    return std::exchange(done_, {});
}

} // namespace selns::log
