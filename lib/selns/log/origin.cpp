#include "selns/log/origin.hpp"

#include "selns/log/fields.hpp"
#include "selns/log/scan.hpp"

#include <algorithm>
#include <array>

namespace selns::log {

namespace {

// "<5>" of dmesg --raw, "5,1234,5678901,-;" of /dev/kmsg: false when the facility in it is not the
// kernel's, which it never is for what a program wrote.
bool take_priority(std::string_view& text, bool& framed) {
    std::string_view rest = text;
    const bool angle = take(rest, "<");
    unsigned priority = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && digits < 4 && is_digit(rest[digits]); ++digits)
        priority = priority * 10 + static_cast<unsigned>(rest[digits] - '0');
    if (digits == 0)
        return true;
    rest.remove_prefix(digits);
    if (angle ? !take(rest, ">") : !take(rest, ","))
        return true;
    if (!angle) {
        const std::size_t end = rest.find(';');
        if (end == std::string_view::npos)
            return true;
        rest.remove_prefix(end + 1);
    }
    framed = true;
    text = rest;
    return priority < 8;
}

// "Nov 14 22:13:20 ", "Tue 2023-11-14 ", "2023-11-14T", "1700000000.123456 ".
bool begins_with_date(std::string_view text) {
    static constexpr std::array<std::string_view, 19> words = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
        "Nov", "Dec", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    if (text.size() < 6)
        return false;
    if (is_digit(text[0]))
        return true;
    return text[3] == ' ' && (is_digit(text[4]) || (text[4] == ' ' && is_digit(text[5]))) &&
           std::ranges::find(words, text.substr(0, 3)) != words.end();
}

// logcat's lines, "W/comm ( 1234): " and "11-14 22:13:20.123  1234  1234 W comm : ", have the
// name of the denied program in that place.
bool begins_as_logcat(std::string_view text) {
    constexpr std::string_view priorities = "VDIWEF";
    if (text.size() < 6)
        return false;
    return (text[1] == '/' && contains(priorities, text.substr(0, 1))) ||
           (is_digit(text[0]) && is_digit(text[1]) && text[2] == '-' && is_digit(text[3]) &&
            is_digit(text[4]) && text[5] == ' ');
}

// HEAD is what stands before the first colon and blank, "Nov 14 22:13:20 web kernel",
// "audit[812]", or "kern  :notice" by dmesg --decode; NAME is its last word. The kernel has no
// process number, and journald shows one for whoever calls itself "kernel".
bool believes(std::string_view head, std::string_view name) {
    if (name.starts_with(':'))
        return head.starts_with("kern ");
    const bool number = name.ends_with(']');
    if (number)
        name = name.substr(0, name.find('['));
    return (name == "kernel" && !number) || name == "audit" || name == "auditd" ||
           name == "audispd" || name == "audisp-syslog";
}

} // namespace

bool begins_message(std::string_view text) {
    switch (text.empty() ? '\0' : text.front()) {
    case 'a':
        return text.starts_with("audit: type=") || text.starts_with(access_marker) ||
               text.starts_with("audit(");
    case 't':
        return text.starts_with("type=");
    case 'n':
        return text.starts_with("node=");
    case 'A':
        return text.starts_with("AVC ");
    case 'U':
        return text.starts_with("USER_AVC ");
    case 'S':
        return text.starts_with("SELINUX_ERR ");
    default:
        return false;
    }
}

bool take_bracket(std::string_view& text) {
    if (text.empty() || text.front() != '[')
        return false;
    constexpr std::size_t longest = 40;
    const std::size_t close = text.substr(0, longest).find("] ");
    if (close == std::string_view::npos || !is_digit(text[close - 1]))
        return false;
    text = skip_blanks(text.substr(close + 2));
    return true;
}

Origin find_origin(std::string_view line) {
    Origin origin;
    std::string_view rest = line;
    origin.believed = take_priority(rest, origin.framed);
    origin.framed = take_bracket(rest) || origin.framed;
    origin.text = origin.named = rest;
    if (begins_message(rest))
        return origin;
    const std::size_t colon = rest.find(": ");
    if (colon == std::string_view::npos)
        return origin;
    std::string_view head = rest.substr(0, colon);
    head = head.substr(0, head.find_last_not_of(' ') + 1);
    const std::string_view name = head.substr(head.rfind(' ') + 1); // npos + 1 is 0
    const bool decoded = name.starts_with(':');
    rest = skip_blanks(rest.substr(colon + 2));
    take_bracket(rest);
    origin.text = rest;
    if (name == "kernel" || decoded)
        origin.named = rest;
    else
        origin.named.remove_prefix(head.size() - name.size());
    origin.framed = origin.framed || decoded || begins_with_date(line);
    origin.believed = origin.believed && (begins_as_logcat(line) || believes(head, name));
    return origin;
}

std::string_view behind_console_text(std::string_view line) {
    constexpr std::string_view start = "] audit: type=";
    const std::size_t close = line.find(start);
    if (close == std::string_view::npos)
        return {};
    const std::size_t open = line.substr(0, close).rfind('[');
    std::string_view rest = open == std::string_view::npos ? line : line.substr(open);
    return take_bracket(rest) ? rest : std::string_view();
}

} // namespace selns::log
