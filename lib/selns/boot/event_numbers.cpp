#include "selns/boot/event_numbers.hpp"

#include <charconv>
#include <iterator>
#include <limits>

namespace selns::boot {

namespace {

constexpr std::size_t most_ranges = 10'000;
constexpr auto last_number = std::numeric_limits<std::uint32_t>::max();

// What follows the first WORD in TEXT.
std::string_view behind(std::string_view text, std::string_view word) {
    const std::size_t at = text.find(word);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + word.size());
}

// "audit: type=1400 audit(1795343295.390:4): ..." of the kernel; of a daemon, "type=AVC
// msg=audit(1795343295.390:4): ...", after "node=NAME " when it is told to name itself. What it
// says of itself has numbers of its own.
std::string_view stamp_of(std::string_view line) {
    std::string_view stamp = "msg=audit(";
    if (line.starts_with("audit: ")) {
        line = behind(line, " ");
        stamp = "audit(";
    } else if (line.starts_with("node=")) {
        line = behind(line, " ");
    }
    if (!line.starts_with("type=") || line.starts_with("type=DAEMON_"))
        return {};
    line = behind(line, " ");
    return line.starts_with(stamp) ? line.substr(stamp.size()) : std::string_view();
}

} // namespace

std::optional<std::uint32_t> event_number(std::string_view line) {
    std::string_view rest = stamp_of(line);
    const std::size_t colon = rest.find(':');
    if (colon >= rest.find(')'))
        return std::nullopt;
    rest.remove_prefix(colon + 1);
    std::uint32_t number = 0;
    const char* const end = rest.data() + rest.size();
    const auto [at, fault] = std::from_chars(rest.data(), end, number);
    if (fault != std::errc() || at == end || *at != ')')
        return std::nullopt;
    return number;
}

void EventNumbers::add(std::uint32_t number) {
    auto next = ranges_.upper_bound(number);
    if (next != ranges_.begin()) {
        const auto before = std::prev(next);
        if (number <= before->second)
            return;
        if (before->second + 1 == number) {
            before->second = number;
            if (next != ranges_.end() && next->first == number + 1) {
                before->second = next->second;
                ranges_.erase(next);
            }
            return;
        }
    }
    if (next != ranges_.end() && number != last_number && next->first == number + 1) {
        const std::uint32_t last = next->second;
        next = ranges_.erase(next);
        ranges_.emplace_hint(next, number, last);
        return;
    }
    if (ranges_.size() < most_ranges)
        ranges_.emplace_hint(next, number, number);
    else
        senseless_ = true;
}

std::uint64_t EventNumbers::missing() const {
    std::uint64_t missing = 0;
    for (auto range = ranges_.begin(); range != ranges_.end(); ++range)
        if (const auto next = std::next(range); next != ranges_.end())
            missing += next->first - range->second - 1;
    return missing;
}

} // namespace selns::boot
