#include "selns/denials/usual_head.hpp"

#include "selns/denials/origin.hpp"
#include "selns/denials/scan.hpp"

namespace selns::denials {

namespace {

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

} // namespace

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
    if (!line.starts_with(access_marker))
        return false;
    head.kind = Head::Kind::access;
    head.event = event;
    head.time = event.time;
    head.body = line;
    return true;
}

} // namespace selns::denials
