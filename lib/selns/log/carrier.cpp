#include "selns/log/carrier.hpp"

#include "selns/log/fields.hpp"
#include "selns/log/loss.hpp"
#include "selns/log/notice.hpp"
#include "selns/log/origin.hpp"
#include "selns/log/scan.hpp"
#include "selns/log/unwrap.hpp"
#include "selns/log/usual_head.hpp"

#include <algorithm>
#include <cstring>

namespace selns::log {

namespace {

enum class Type {
    none,
    access,
    user_access,
    selinux_error,
    daemon_error,
    daemon_start,
    boot,
    policy_load,
    other
};

// By the name that auditd and journald write, or the number that the kernel prints, or what stands
// for it where that has no name for it: "UNKNOWN[1107]".
Type type_of(std::string_view word) {
    if (take(word, "UNKNOWN[") && word.ends_with(']'))
        word.remove_suffix(1);
    if (word == "1403" || word == "MAC_POLICY_LOAD")
        return Type::policy_load;
    if (word == "1127" || word == "SYSTEM_BOOT")
        return Type::boot;
    if (word == "DAEMON_START")
        return Type::daemon_start;
    // auditd's copies of the kernel's messages; their text tells what they are.
    if (word == "KERNEL" || word == "2000")
        return Type::none;
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
    for (const std::string_view name :
         {"AVC ", "USER_AVC ", "SELINUX_ERR ", "MAC_POLICY_LOAD ", "SYSTEM_BOOT "})
        if (text.starts_with(name))
            return type_of(take_word(text));
    if (take(text, "<audit-")) { // journald, for want of a name
        const std::size_t end = std::min(text.find('>'), text.size());
        const std::string_view number = text.substr(0, end);
        text = skip_blanks(text.substr(std::min(end + 1, text.size())));
        return type_of(number);
    }
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

// The date that some carriers put before everything, else STAMP.
Milliseconds date_of(std::string_view line, std::string_view stamp) {
    if (const std::string_view date = stamp_of(line); !date.empty())
        if (const auto time = parse_stamp(date))
            return *time;
    return stamp.empty() ? 0 : parse_stamp(stamp).value_or(0);
}

// LINE without what tools put before it, which had STAMP.
Head read_framed(std::string_view line, std::string_view stamp) {
    Head head;
    Origin origin = find_origin(line);
    if (begins_message(origin.text) && origin.believed) {
        head = read_message(origin.text);
        if (head.time == 0 && head.kind != Head::Kind::other)
            head.time = date_of(line, stamp);
        head.framed = origin.framed && !origin.repeated;
        return head;
    }
    head.framed = origin.framed && !origin.repeated;
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
                      : origin.injected
                          ? "a program wrote it into the kernel's log, as Android's logd "
                            "does, and others can"
                          : "neither the kernel nor the audit system wrote it";
    }
    return head;
}

// The point in a system's life that a record of TYPE, with TEXT, tells of.
Head::Kind mark_of(Type type, std::string_view text) {
    if (type == Type::boot || (type == Type::none && text.starts_with("state=initialized")))
        return Head::Kind::boot;
    return type == Type::daemon_start  ? Head::Kind::daemon_start
           : type == Type::policy_load ? Head::Kind::policy_load
                                       : Head::Kind::other;
}

// A record of a type that has no denials. What programs wrote may stand in the midst of it; at its
// beginning there is only what the audit system says.
Head read_other_type(std::string_view text) {
    Head head;
    const std::size_t close = text.find("): ");
    if (close == std::string_view::npos || !text.substr(close + 3).starts_with(access_marker) ||
        !looks_like_denial(text))
        return head;
    head.kind = Head::Kind::not_believed;
    head.reason = "denials have another type of record";
    return head;
}

} // namespace

void read_head(std::string_view line, Head& head) {
    if (!read_usual_head(line, head))
        read_unusual_head(unwrap(line), head);
}

void read_unusual_head(const Unwrapped& line, Head& head) {
    const std::string_view text = line.text;
    head = text.starts_with("type=") || text.starts_with("node=") ? read_message(text)
                                                                  : read_framed(text, line.stamp);
}

Head read_trusted(std::string_view line) {
    for (std::size_t at = line.find(access_marker); at != std::string_view::npos;
         at = line.find(access_marker, at + 1)) {
        if (!skip_blanks(line.substr(at + access_marker.size())).starts_with("denied"))
            continue;
        // What precedes a record is the nearest of these before it.
        for (const std::string_view start : {"type=", "audit(", "USER_AVC ", "AVC "}) {
            const std::size_t begin = line.substr(0, at).rfind(start);
            if (begin == std::string_view::npos)
                continue;
            Head head = read_message(line.substr(begin));
            if (head.kind == Head::Kind::access)
                return head;
        }
        Head head;
        head.kind = Head::Kind::access;
        head.time = date_of(line, {});
        head.body = line.substr(at);
        return head;
    }
    return {};
}

std::uint32_t moment_in_frame(std::string_view line) {
    constexpr std::size_t longest = 40;
    constexpr int clock_digits = 6;
    std::string_view frame = line.substr(0, std::min(line.find("audit("), longest));
    frame = frame.substr(0, frame.find("type="));
    std::uint32_t hash = 0;
    int digits = 0;
    for (const char c : frame)
        if (is_digit(c)) {
            hash = hash * 31 + static_cast<unsigned char>(c);
            ++digits;
        }
    return digits < clock_digits ? 0 : hash;
}

Head read_message(std::string_view text) {
    Head head;
    if (take(text, "node=") || take(text, "host="))
        head.node = take_word(text);
    take(text, "audit: ");
    const Type type = take_type(text);
    if (type == Type::daemon_error) {
        head.kind = Head::Kind::lost;
        head.reason = "the audit daemon reported an error";
        return head;
    }
    if (type == Type::other)
        return read_other_type(text);
    take_event(text, head);
    head.kind = mark_of(type, text);
    if (head.kind != Head::Kind::other)
        return head;
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
    head.by_program = type == Type::user_access;
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
