#include "selns/log/usual_head.hpp"

#include "selns/log/origin.hpp"
#include "selns/log/scan.hpp"

namespace selns::log {

namespace {

// "1700000000.123:45", as the kernel writes it; the length of that, 0 when it is none, or of an
// unusual length.
std::size_t read_usual_event(std::string_view text, Event& event) {
    constexpr std::size_t serial_at = 15;
    if (text.size() < serial_at + word_size)
        return 0;
    const Digits begin(word_at(text.data()));
    const Digits end(word_at(text.data() + word_size)); // "00.123:4"
    constexpr std::uint64_t marks = 0x00ff000000ff0000U;
    constexpr auto mark = [](char c, unsigned at) {
        return std::uint64_t{static_cast<unsigned char>(c ^ '0')} << (8 * at);
    };
    if (begin.others != 0 || (end.others & ~marks) != 0 ||
        (end.values & marks) != (mark('.', 2) | mark(':', 6)))
        return 0;
    const Digits serial(word_at(text.data() + serial_at));
    const std::size_t length = serial.count();
    const std::uint64_t seconds = begin.number(8) * 100 + end.number(2);
    if (length == 0 || seconds > UINT32_MAX)
        return 0;
    const std::uint64_t part = Digits(word_at(text.data() + 11)).number(3);
    event.time = static_cast<Milliseconds>(seconds * 1000 + part);
    event.serial = static_cast<std::uint32_t>(serial.number(length));
    return serial_at + length;
}

} // namespace

bool read_usual_head(std::string_view line, Head& head) {
    constexpr std::string_view daemon = "type=AVC msg=audit(";
    constexpr std::string_view kernel = "] audit: type=1400 audit(";
    constexpr std::string_view end = "): ";
    const bool by_daemon = line.starts_with(daemon);
    if (by_daemon) {
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
    if (!line.starts_with(access_marker) || line.size() <= access_marker.size() ||
        line[access_marker.size()] != ' ')
        return false;
    head.kind = Head::Kind::access;
    head.event = event;
    head.time = event.time;
    head.framed = !by_daemon;
    head.body = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    return true;
}

} // namespace selns::log
