#include "selns/log/carrier.hpp"

#include "selns/log/fields.hpp"
#include "selns/log/loss.hpp"
#include "selns/log/notice.hpp"
#include "selns/log/origin.hpp"
#include "selns/log/scan.hpp"
#include "selns/log/usual_head.hpp"

#include <algorithm>
#include <cstring>

namespace selns::log {

namespace {

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
    } else if (head.reason = notice_in(origin.named); !head.reason.empty()) {
        head.kind = Head::Kind::notice;
    } else if (looks_like_denial(line)) {
        head.kind = Head::Kind::not_believed;
        head.reason = origin.believed ? "it stands in the midst of a message"
                                      : "neither the kernel nor the audit system wrote it";
    }
    return head;
}

} // namespace

void read_head(std::string_view line, Head& head) {
    if (read_usual_head(line, head)) {
        if (line.ends_with('\r'))
            head.body.remove_suffix(1);
        return;
    }
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    head = line.starts_with("type=") || line.starts_with("node=") ? read_message(line)
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
    const bool access = type != Type::selinux_error && text.starts_with(access_marker);
    const bool error =
        type == Type::selinux_error || (type == Type::none && text.starts_with("op=security_"));
    head.kind = access ? Head::Kind::access : error ? Head::Kind::selinux_error : Head::Kind::other;
    head.body = text;
    return head;
}

bool looks_like_denial(std::string_view text) {
    while (!text.empty()) {
        const void* found =
            ::memmem(text.data(), text.size(), access_marker.data(), access_marker.size());
        if (found == nullptr)
            return false;
        const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        text.remove_prefix(at + access_marker.size());
        if (skip_blanks(text).starts_with("denied"))
            return true;
    }
    return false;
}

} // namespace selns::log
