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

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> days = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

template <std::size_t count>
bool begins_with_one_of(std::string_view text, const std::array<std::string_view, count>& words) {
    return text.size() > 4 && text[3] == ' ' &&
           std::ranges::find(words, text.substr(0, 3)) != words.end();
}

// "11-14 ", "2023-11-14 ", "1700000000.123 " of logcat; journalctl's fraction has six digits.
bool begins_with_logcat_time(std::string_view text) {
    constexpr std::size_t month_at = 5;
    constexpr std::size_t point_at = 10;
    if (leading_digits(text) == point_at && text.size() > point_at && text[point_at] == '.')
        return leading_digits(text.substr(point_at + 1)) == 3;
    if (text.size() > month_at && text[month_at - 1] == '-')
        text.remove_prefix(month_at);
    return leading_digits(text) == 2 && text.size() > 5 && text[2] == '-' &&
           leading_digits(text.substr(3)) == 2 && text[5] == ' ';
}

constexpr std::string_view logcat_priorities = "VDIWEFS";

// logcat's lines, "W/comm ( 1234): " and "11-14 22:13:20.123  1234  1234 W comm : ", have the
// name of the denied program in that place.
bool begins_as_logcat(std::string_view text) {
    if (text.size() < 6)
        return false;
    return (text[1] == '/' && contains(logcat_priorities, text.substr(0, 1))) ||
           begins_with_logcat_time(text);
}

// "W( 1234) " of logcat -v process, "W( 1234: 1234) " of -v thread.
bool take_logcat_process(std::string_view& text) {
    constexpr std::size_t longest = 24;
    if (text.size() < 4 || text[1] != '(' || !contains(logcat_priorities, text.substr(0, 1)))
        return false;
    const std::size_t close = text.substr(0, longest).find(") ");
    if (close == std::string_view::npos ||
        text.substr(2, close - 2).find_first_not_of("0123456789: ") != std::string_view::npos)
        return false;
    text.remove_prefix(close + 2);
    return true;
}

// In which processor and process kernels of phones were when they printed a line: "c0   586 ",
// "(1)[375:logd.auditd]".
bool take_phone_process(std::string_view& text) {
    constexpr std::size_t longest = 40;
    if (text.empty() || (text.front() != 'c' && text.front() != '('))
        return false;
    std::string_view rest = text.substr(1);
    const std::size_t digits = leading_digits(rest);
    if (digits == 0)
        return false;
    rest.remove_prefix(digits);
    if (text.front() == 'c') {
        const std::string_view number = skip_blanks(rest);
        const std::size_t length = leading_digits(number);
        if (number.size() == rest.size() || length == 0 || number.size() == length ||
            number[length] != ' ')
            return false;
        text = skip_blanks(number.substr(length));
        return true;
    }
    const std::size_t close = rest.substr(0, longest).find(']');
    if (!rest.starts_with(")[") || close == std::string_view::npos || !is_digit(rest[2]))
        return false;
    text = skip_blanks(rest.substr(close + 1));
    return true;
}

// "[   12.3] " and what may follow it: "[  T601] ", "[3:  init:    1] ".
bool take_brackets(std::string_view& text) {
    constexpr int most = 3;
    int count = 0;
    while (count < most && take_bracket(text))
        ++count;
    return count > 0;
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
    case 'h':
        return text.starts_with("host=");
    case 'n':
        return text.starts_with("node=");
    case '<':
        return text.starts_with("<audit-1");
    case 'A':
        return text.starts_with("AVC ");
    case 'U':
        return text.starts_with("USER_AVC ");
    case 'M':
        return text.starts_with("MAC_POLICY_LOAD ");
    case 'S':
        return text.starts_with("SELINUX_ERR ") || text.starts_with("SYSTEM_BOOT ");
    default:
        return false;
    }
}

bool begins_with_date(std::string_view text) {
    if (text.size() < 6)
        return false;
    if (is_digit(text[0]))
        return true;
    const bool day = is_digit(text[4]) || (text[4] == ' ' && is_digit(text[5]));
    return (day && (begins_with_one_of(text, months) || begins_with_one_of(text, days))) ||
           (begins_with_one_of(text, days) && begins_with_one_of(text.substr(4), months));
}

std::string_view stamp_of(std::string_view line) {
    const bool bracket = take(line, "[");
    if (line.empty())
        return {};
    if (is_digit(line.front())) // in brackets it would be the seconds since the boot
        return bracket ? std::string_view() : line.substr(0, line.find(' '));
    if (!begins_with_one_of(line, days))
        return {};
    // "Tue 2023-11-14 22:13:20 UTC ..." has four words, "Tue Nov 14 22:13:20 2023 ..." five.
    const int count = is_digit(line[4]) ? 4 : 5;
    std::size_t end = 0;
    for (int word = 0; word < count && end < line.size(); ++word)
        end = std::min(line.find_first_of(" ]", line.find_first_not_of(' ', end)), line.size());
    return line.substr(0, end);
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
    origin.injected = !origin.believed;
    origin.framed = take_brackets(rest) || origin.framed;
    take_phone_process(rest);
    take_logcat_process(rest);
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
    const bool logcat = begins_as_logcat(line);
    if (logcat && take(rest, ": ")) // the program's name ends in a colon
        rest = skip_blanks(rest);
    take_brackets(rest);
    origin.text = rest;
    if (name == "kernel" || decoded)
        origin.named = rest;
    else
        origin.named.remove_prefix(head.size() - name.size());
    origin.framed = origin.framed || decoded || begins_with_date(line);
    origin.repeated = logcat;
    origin.believed = origin.believed && (logcat || believes(head, name));
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
