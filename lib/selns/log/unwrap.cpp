#include "selns/log/unwrap.hpp"

#include "selns/log/fields.hpp"
#include "selns/log/origin.hpp"
#include "selns/log/scan.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace selns::log {

namespace {

constexpr int most_wrappings = 8;
constexpr std::size_t longest_name = 512; // of a file before a line of grep's
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view hard_blank = "\xc2\xa0";
constexpr char escape = '\x1b';

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find(' '));
}

// Whether the line of a log can begin with TEXT: a message, or what a carrier puts before one.
bool begins_line(std::string_view text) {
    return begins_message(text) || text.starts_with('{') || text.starts_with('<') ||
           begins_with_date(text) || take_bracket(text);
}

// Blanks, and the zeros that a crash leaves in a file.
bool take_blanks(std::string_view& text, std::size_t& indent) {
    const std::size_t before = text.size();
    for (;;) {
        const char first = text.empty() ? 'x' : text.front();
        if (first == ' ' || first == '\t')
            ++indent;
        else if (first != '\0')
            break;
        text.remove_prefix(1);
    }
    return text.size() < before;
}

// "> " of mail, "* " and "- " of lists, "+" of a diff, "data: " of server-sent events.
bool take_mark(std::string_view& text) {
    for (const std::string_view mark : {"> ", ">", "* ", "- ", "+ ", "+", "`", "data: "})
        if (take(text, mark))
            return true;
    return false;
}

// "b'...'", as Python prints bytes.
bool take_python_bytes(std::string_view& text) {
    if (text.size() < 3 || text[0] != 'b' || (text[1] != '\'' && text[1] != '"') ||
        text.back() != text[1])
        return false;
    text = text.substr(2, text.size() - 3);
    if (text.ends_with("\\n"))
        text.remove_suffix(2);
    return true;
}

// "audit.log:", "audit.log:17:", "17:", with "-" for the lines around a match; "17\t" of `cat -n`.
// A name with a blank in it is taken for none: a carrier's own words could stand there.
bool take_place(std::string_view& text) {
    const std::size_t digits = leading_digits(text);
    if (digits > 0 && digits < text.size() && (text[digits] == '\t' || text[digits] == ' ') &&
        begins_line(text.substr(digits + 1))) {
        text.remove_prefix(digits + 1);
        return true;
    }
    const std::string_view name = first_word(text.substr(0, longest_name));
    for (std::size_t at = name.find_first_of(":-"); at != std::string_view::npos;
         at = name.find_first_of(":-", at + 1))
        if (at > 0 && at + 1 < name.size() && begins_line(text.substr(at + 1)) &&
            !is_digit(text[at + 1])) {
            text.remove_prefix(at + 1);
            return true;
        }
    return false;
}

// "2026-11-21T10:00:00.1234567Z": of UTC, which no syslog or journalctl writes in this way.
bool is_stamp(std::string_view word) {
    return word.size() >= 20 && word[4] == '-' && word[7] == '-' && word[10] == 'T' &&
           word[13] == ':' && leading_digits(word) == 4;
}

// What the kubelet and GitLab put behind their time stamps: "stderr F ", "00O ".
bool take_stream(std::string_view& text) {
    for (const std::string_view stream : {"stdout F ", "stderr F ", "stdout P ", "stderr P "})
        if (take(text, stream))
            return true;
    if (text.size() < 4 || leading_digits(text) != 2 || (text[2] != 'O' && text[2] != 'E') ||
        (text[3] != ' ' && text[3] != '+'))
        return false;
    text.remove_prefix(4);
    return true;
}

// "STAMP ", "[STAMP] " of Jenkins.
bool take_stamp(Unwrapped& line) {
    std::string_view rest = line.text;
    const bool bracket = take(rest, "[");
    const std::string_view word = rest.substr(0, rest.find(bracket ? ']' : ' '));
    if (!is_stamp(word) || rest.size() < word.size() + 2)
        return false;
    rest.remove_prefix(word.size() + (bracket ? 1 : 0));
    if (!take(rest, " "))
        return false;
    const bool stream = take_stream(rest);
    if (!stream && (word.back() != 'Z' ||
                    !(begins_message(rest) || rest.starts_with('[') || rest.starts_with('{'))))
        return false;
    line.text = rest;
    line.stamp = word;
    return true;
}

// "[pod/web-0/app] " of kubectl, "web-1  | " of compose.
bool take_container(std::string_view& text) {
    const std::string_view word = first_word(text);
    std::string_view rest = text.substr(word.size());
    if (word.starts_with("[pod/") && word.ends_with(']')) {
        text = skip_blanks(rest);
        return true;
    }
    rest = skip_blanks(rest);
    if (word.empty() || !take(rest, "| ") || !(begins_line(rest) || is_stamp(first_word(rest))))
        return false;
    text = rest;
    return true;
}

// The length of an order to a terminal that TEXT begins with: "\x1b[32m", "\x1b]0;title\a".
std::size_t length_of_order(std::string_view text) {
    if (text.size() < 2)
        return text.size();
    std::size_t at = 2;
    if (text[1] == '[') {
        while (at < text.size() && (text[at] < '@' || text[at] > '~'))
            ++at;
        return std::min(at + 1, text.size());
    }
    if (text[1] == ']') {
        while (at < text.size() && text[at] != '\a' && text[at] != escape)
            ++at;
        return std::min(at + 1, text.size());
    }
    return text[1] == '(' || text[1] == ')' ? std::min<std::size_t>(3, text.size()) : 2;
}

} // namespace

Unwrapped unwrap(std::string_view line) {
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    Unwrapped result{line, {}, 0};
    std::string_view& text = result.text;
    for (int i = 0; i < most_wrappings && !text.empty() && !begins_message(text); ++i) {
        const bool taken = take(text, byte_order_mark) || take_blanks(text, result.indent) ||
                           take_mark(text) || take_python_bytes(text) || take_stamp(result) ||
                           take_container(text) || take_place(text);
        if (!taken)
            break;
    }
    return result;
}

bool needs_cleaning(std::string_view text) {
    return text.find(escape) != std::string_view::npos || contains(text, hard_blank);
}

std::string clean(std::string_view text) {
    using Replacement = std::pair<std::string_view, char>;
    static constexpr std::array<Replacement, 5> plain = {{{hard_blank, ' '},
                                                          {"\xe2\x80\x9c", '"'},
                                                          {"\xe2\x80\x9d", '"'},
                                                          {"\xe2\x80\x98", '\''},
                                                          {"\xe2\x80\x99", '\''}}};
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        if (text.front() == escape) {
            text.remove_prefix(length_of_order(text));
            continue;
        }
        const auto* found = std::ranges::find_if(
            plain, [&](const Replacement& entry) { return text.starts_with(entry.first); });
        result += found == plain.end() ? text.front() : found->second;
        text.remove_prefix(found == plain.end() ? 1 : found->first.size());
    }
    return result;
}

} // namespace selns::log
