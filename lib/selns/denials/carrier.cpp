#include "selns/denials/carrier.hpp"

#include "selns/denials/fields.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace selns::denials {

namespace {

constexpr std::string_view marker = "avc:";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word))
        return false;
    text.remove_prefix(word.size());
    return true;
}

bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

// --- The message itself -------------------------------------------------------------------------

enum class Type { none, access, user_access, selinux_error, daemon_error, other };

// By the name that auditd and journald write, or the number that the kernel prints.
Type type_of(std::string_view word) {
    if (word == "1400" || word == "AVC")
        return Type::access;
    if (word == "1107" || word == "USER_AVC")
        return Type::user_access;
    if (word == "1401" || word == "SELINUX_ERR")
        return Type::selinux_error;
    if (word == "DAEMON_ERR" || word == "DAEMON_ABORT")
        return Type::daemon_error;
    return Type::other;
}

std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text = skip_blanks(text.substr(end));
    return word;
}

// "type=1400 ", or journald's "AVC " before the rest.
Type take_type(std::string_view& text) {
    if (take(text, "type="))
        return type_of(take_word(text));
    for (const std::string_view name : {"AVC ", "USER_AVC ", "SELINUX_ERR "})
        if (text.starts_with(name))
            return type_of(take_word(text));
    return Type::none;
}

// "audit(1700000000.123:45): " with whatever stands in the parentheses.
void take_event(std::string_view& text, Head& head) {
    std::string_view rest = text;
    take(rest, "msg=");
    if (!take(rest, "audit("))
        return;
    const std::size_t close = rest.find(')');
    if (close == std::string_view::npos)
        return;
    head.event = parse_event(rest.substr(0, close));
    head.time = head.event ? head.event->time : 0;
    rest.remove_prefix(close + 1);
    head.interpreted = take(rest, " ");
    if (take(rest, ":"))
        text = skip_blanks(rest);
}

// Whether TEXT can be a message about a denial. Cheap: asked about every line.
bool begins_message(std::string_view text) {
    switch (text.empty() ? '\0' : text.front()) {
    case 'a':
        return text.starts_with("audit: type=") || text.starts_with(marker) ||
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

// --- Traces of lost records ---------------------------------------------------------------------

std::string_view loss_of_audit(std::string_view text) {
    if (text.starts_with("backlog limit exceeded"))
        return "the kernel's audit backlog limit was exceeded";
    if (text.starts_with("rate limit exceeded"))
        return "the kernel's audit rate limit was exceeded";
    if (text.starts_with("kauditd hold queue overflow"))
        return "the kernel's audit queue overflowed";
    if (text.starts_with("out of memory in audit_"))
        return "the kernel had no memory for audit records";
    if (take(text, "audit_lost=") && !text.empty() && is_digit(text.front()) && text.front() != '0')
        return "the kernel counted lost audit records";
    return {};
}

// What was lost according to TEXT, a message with the name of who wrote it; mostly nothing.
std::string_view loss_in(std::string_view text) {
    if (!text.starts_with("aud") && !text.starts_with("kauditd") &&
        !text.starts_with("systemd-journald"))
        return {};
    if (text.starts_with("systemd-journald"))
        return contains(text, ": Missed ") && contains(text, " kernel messages")
                   ? "journald missed kernel messages"
                   : std::string_view();
    if (contains(text, " callbacks suppressed"))
        return "the kernel's rate limit suppressed audit messages";
    if (contains(text, "dropping event") || contains(text, "event lost"))
        return "the audit daemon dropped events";
    return take(text, "audit: ") ? loss_of_audit(text) : std::string_view();
}

// --- What the carrier puts before a message -----------------------------------------------------

struct Origin {
    std::string_view text;  // the message
    std::string_view named; // the same with the name of who wrote it
    bool believed = true;   // nothing says that somebody else than kernel or audit wrote it
    bool framed = false;    // the line has the head of a log: it is no console's
};

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

// "[    4.217354] ", "[Tue Nov 14 22:13:20 2023] "; "[  OK  ] " is none.
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

// On a console, a prompt or a half line can stand before the kernel's message:
// "web login: [   28.353170] audit: type=1400 ...".
std::string_view behind_console_text(std::string_view line) {
    constexpr std::string_view start = "] audit: type=";
    const std::size_t close = line.find(start);
    if (close == std::string_view::npos)
        return {};
    const std::size_t open = line.substr(0, close).rfind('[');
    std::string_view rest = open == std::string_view::npos ? line : line.substr(open);
    return take_bracket(rest) ? rest : std::string_view();
}

// The date that some carriers put before everything.
Milliseconds date_of(std::string_view line) {
    if (line.empty() || !is_digit(line.front()))
        return 0;
    return parse_iso_time(line.substr(0, line.find(' '))).value_or(0);
}

Head read_framed(std::string_view line) {
    Head head;
    Origin origin = find_origin(line);
    if (begins_message(origin.text) && origin.believed) {
        head = read_message(origin.text);
        if (head.time == 0 && head.kind != Head::Kind::other)
            head.time = date_of(line);
        return head;
    }
    if (!origin.framed && looks_like_denial(line)) {
        if (const std::string_view message = behind_console_text(line); !message.empty())
            return read_message(message);
    }
    head.reason = loss_in(origin.named);
    if (!head.reason.empty()) {
        head.kind = Head::Kind::lost;
    } else if (looks_like_denial(line)) {
        head.kind = Head::Kind::not_believed;
        head.reason = origin.believed ? "it stands in the midst of a message"
                                      : "neither the kernel nor the audit system wrote it";
    }
    return head;
}

// "1700000000.123:45", as the kernel writes it; the length of that, 0 when it is none.
std::size_t read_usual_event(std::string_view text, Event& event) {
    std::size_t at = 0;
    const auto number = [&](std::size_t most) {
        std::uint64_t value = 0;
        const std::size_t begin = at;
        for (; at < text.size() && is_digit(text[at]); ++at)
            value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
        return at > begin && at - begin <= most ? std::optional(value) : std::nullopt;
    };
    const auto take_mark = [&](char mark) { return at < text.size() && text[at++] == mark; };
    constexpr std::size_t digits = 9; // nine or ten fit in any case
    const auto seconds = number(digits + 1);
    if (!seconds || *seconds > UINT32_MAX || !take_mark('.'))
        return 0;
    const std::size_t dot = at;
    const auto part = number(3);
    if (!part || at - dot != 3 || !take_mark(':'))
        return 0;
    const auto serial = number(digits);
    if (!serial)
        return 0;
    event.time = static_cast<Milliseconds>(*seconds * 1000 + *part);
    event.serial = static_cast<std::uint32_t>(*serial);
    return at;
}

// The two heads that fill logs, the ring buffer's and auditd's, in one go. False when LINE begins
// in another way: then what is below looks closer.
bool read_usual_head(std::string_view line, Head& head) {
    constexpr std::string_view daemon = "type=AVC msg=audit(";
    constexpr std::string_view kernel = "] audit: type=1400 audit(";
    constexpr std::string_view end = "): ";
    if (line.starts_with(daemon)) {
        line.remove_prefix(daemon.size());
    } else {
        std::string_view rest = line;
        if (!take_bracket(rest))
            return false;
        const std::size_t close = line.size() - rest.size() - 2;
        if (!line.substr(close).starts_with(kernel))
            return false;
        line.remove_prefix(close + kernel.size());
    }
    Event event;
    const std::size_t length = read_usual_event(line, event);
    if (length == 0 || !line.substr(length).starts_with(end))
        return false;
    line.remove_prefix(length + end.size());
    if (!line.starts_with(marker))
        return false;
    head.kind = Head::Kind::access;
    head.event = event;
    head.time = event.time;
    head.body = line;
    return true;
}

} // namespace

Head read_head(std::string_view line) {
    Head head;
    if (read_usual_head(line, head)) {
        if (line.ends_with('\r'))
            head.body.remove_suffix(1);
        return head;
    }
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line.starts_with("type=") || line.starts_with("node=") ? read_message(line)
                                                                  : read_framed(line);
}

Head read_message(std::string_view text) {
    Head head;
    if (take(text, "node="))
        head.node = take_word(text);
    take(text, "audit: ");
    const Type type = take_type(text);
    if (type == Type::daemon_error) {
        head.kind = Head::Kind::lost;
        head.reason = "the audit daemon reported an error";
        return head;
    }
    if (type == Type::other)
        return head;
    take_event(text, head);
    if (type == Type::user_access) {
        constexpr std::string_view start = "msg='";
        const std::size_t begin = text.find(start);
        text = begin == std::string_view::npos ? std::string_view()
                                               : text.substr(begin + start.size());
    }
    const bool access = type != Type::selinux_error && text.starts_with(marker);
    const bool error =
        type == Type::selinux_error || (type == Type::none && text.starts_with("op=security_"));
    head.kind = access ? Head::Kind::access : error ? Head::Kind::selinux_error : Head::Kind::other;
    head.body = text;
    return head;
}

bool looks_like_denial(std::string_view text) {
    while (!text.empty()) {
        const void* found = ::memmem(text.data(), text.size(), marker.data(), marker.size());
        if (found == nullptr)
            return false;
        const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        text.remove_prefix(at + marker.size());
        if (skip_blanks(text).starts_with("denied"))
            return true;
    }
    return false;
}

} // namespace selns::denials
