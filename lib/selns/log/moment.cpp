#include "selns/log/moment.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

namespace selns::log {

namespace {

// Reads a text from its beginning.
class TextCursor {
  public:
    explicit TextCursor(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }
    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    std::string_view rest() const { return rest_; }

    bool take(char c) {
        const bool there = !rest_.empty() && rest_.front() == c;
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }

    // A number of LEAST to MOST digits; more digits than that are no number.
    std::optional<int> number(std::size_t least, std::size_t most) {
        std::size_t digits = 0;
        int value = 0;
        while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') {
            if (++digits > most)
                return {};
            value = value * 10 + (rest_[digits - 1] - '0');
        }
        rest_.remove_prefix(digits);
        return digits >= least ? std::optional(value) : std::nullopt;
    }

    // ".123456" as milliseconds, 0 when there is none.
    std::optional<int> fraction() {
        if (peek() != '.' && peek() != ',')
            return 0;
        rest_.remove_prefix(1);
        constexpr std::size_t most_digits = 9;
        std::size_t digits = 0;
        int value = 0;
        for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits)
            if (digits < 3)
                value = value * 10 + (rest_[digits] - '0');
        if (digits == 0 || digits > most_digits)
            return {};
        for (std::size_t i = digits; i < 3; ++i)
            value *= 10;
        rest_.remove_prefix(digits);
        return value;
    }

  private:
    std::string_view rest_;
};

struct Clock {
    int hour = 0;
    int minute = 0;
    int second = 0;
    int millisecond = 0;
};

struct Date {
    int year = 0;
    int month = 0; // from 1
    int day = 0;   // from 1
};

bool is_date(const Date& date) {
    return date.year >= 1970 && date.year <= 9999 && date.month >= 1 && date.month <= 12 &&
           date.day >= 1 && date.day <= 31;
}

// "10:00", "10:00:00", "10:00:00.123"
std::optional<Clock> read_clock(TextCursor& text) {
    Clock clock;
    const auto hour = text.number(1, 2);
    const auto minute = hour && text.take(':') ? text.number(2, 2) : std::nullopt;
    if (!minute)
        return {};
    clock.hour = *hour;
    clock.minute = *minute;
    if (text.take(':')) {
        const auto second = text.number(2, 2);
        const auto millisecond = second ? text.fraction() : std::nullopt;
        if (!millisecond)
            return {};
        clock.second = *second;
        clock.millisecond = *millisecond;
    }
    // A leap second is 60.
    if (clock.hour > 23 || clock.minute > 59 || clock.second > 60)
        return {};
    return clock;
}

std::tm broken_down(const Date& date, const Clock& clock) {
    std::tm parts{};
    parts.tm_year = date.year - 1900;
    parts.tm_mon = date.month - 1;
    parts.tm_mday = date.day;
    parts.tm_hour = clock.hour;
    parts.tm_min = clock.minute;
    parts.tm_sec = clock.second;
    parts.tm_isdst = -1;
    return parts;
}

// February 30 is no date, though mktime() takes it.
std::optional<Milliseconds> to_milliseconds(const Date& date, const Clock& clock,
                                            std::optional<int> offset_minutes) {
    if (!is_date(date))
        return {};
    std::tm parts = broken_down(date, clock);
    const std::time_t seconds = offset_minutes ? ::timegm(&parts) : std::mktime(&parts);
    const bool moved = clock.second < 60 && clock.hour < 23 && parts.tm_mday != date.day;
    if (seconds < 0 || moved)
        return {};
    return (std::int64_t{seconds} - std::int64_t{offset_minutes.value_or(0)} * 60) * 1000 +
           clock.millisecond;
}

// "Z", "+01:00", "+0100", "+01" as minutes. False when it is none of them.
bool read_zone(TextCursor& text, std::optional<int>& minutes) {
    text.take(' ');
    if (text.done())
        return true;
    if (text.take('Z')) {
        minutes = 0;
        return text.done();
    }
    const bool west = text.take('-');
    if (!west && !text.take('+'))
        return false;
    const auto hours = text.number(2, 4);
    if (!hours)
        return false;
    if (text.take(':')) {
        const auto rest = text.number(2, 2);
        minutes = rest ? std::optional(*hours * 60 + *rest) : std::nullopt;
    } else {
        minutes = *hours > 99 ? *hours / 100 * 60 + *hours % 100 : *hours * 60;
    }
    if (!minutes || *minutes > 24 * 60)
        return false;
    minutes = west ? -*minutes : *minutes;
    return text.done();
}

// A year of two digits is of this century, as strftime's %y means it.
int full_year(int year) {
    return year < 100 ? 2000 + year : year;
}

// The date as the locale of ausearch gave it: 11/21/2026 (month first), 21.11.2026, 2026-11-21.
std::optional<Date> read_date(TextCursor& text) {
    const auto first = text.number(1, 4);
    const char separator = text.peek();
    if (!first || !text.take(separator))
        return {};
    const auto second = text.number(1, 2);
    const auto third = second && text.take(separator) ? text.number(1, 4) : std::nullopt;
    if (!third)
        return {};
    switch (separator) {
    case '/':
        return Date{full_year(*third), *first, *second};
    case '.':
        return Date{full_year(*third), *second, *first};
    case '-':
        return Date{*first, *second, *third};
    default:
        return {};
    }
}

std::optional<Milliseconds> parse_interpreted_time(std::string_view text) {
    TextCursor cursor(text);
    const auto date = read_date(cursor);
    if (!date || !cursor.take(' '))
        return {};
    const auto clock = read_clock(cursor);
    if (!clock || !cursor.done())
        return {};
    return to_milliseconds(*date, *clock, {});
}

template <typename T>
bool read_number(std::string_view text, T& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// "1700000000.123"
std::optional<Milliseconds> parse_epoch_time(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos)
        return {};
    const std::string_view fraction = text.substr(dot + 1);
    std::uint32_t seconds = 0;
    std::uint32_t part = 0;
    if (fraction.size() > 3 || !read_number(text.substr(0, dot), seconds) ||
        !read_number(fraction, part))
        return {};
    for (std::size_t digits = fraction.size(); digits < 3; ++digits)
        part *= 10;
    return std::int64_t{seconds} * 1000 + part;
}

std::optional<Milliseconds> unit_of(std::string_view word) {
    using Unit = std::pair<std::string_view, Milliseconds>;
    static constexpr std::array<Unit, 18> units = {{{"s", 1000},
                                                    {"sec", 1000},
                                                    {"second", 1000},
                                                    {"seconds", 1000},
                                                    {"m", 60'000},
                                                    {"min", 60'000},
                                                    {"minute", 60'000},
                                                    {"minutes", 60'000},
                                                    {"h", 3'600'000},
                                                    {"hour", 3'600'000},
                                                    {"hours", 3'600'000},
                                                    {"d", 86'400'000},
                                                    {"day", 86'400'000},
                                                    {"days", 86'400'000},
                                                    {"w", 604'800'000},
                                                    {"week", 604'800'000},
                                                    {"weeks", 604'800'000},
                                                    {"hr", 3'600'000}}};
    const auto found =
        std::ranges::find_if(units, [word](const Unit& unit) { return unit.first == word; });
    return found == units.end() ? std::nullopt : std::optional(found->second);
}

// "2h", "2 hours"
std::optional<Milliseconds> parse_duration(std::string_view text) {
    TextCursor cursor(text);
    const auto count = cursor.number(1, 6);
    const auto unit = count ? unit_of(trim(cursor.rest())) : std::nullopt;
    return unit ? std::optional(*count * *unit) : std::nullopt;
}

std::optional<Milliseconds> start_of_day(Milliseconds now, int days_before) {
    const std::time_t seconds = now / 1000;
    std::tm parts{};
    if (::localtime_r(&seconds, &parts) == nullptr)
        return {};
    parts.tm_mday -= days_before;
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    parts.tm_isdst = -1;
    return std::int64_t{std::mktime(&parts)} * 1000;
}

// "2023-11-14 22:13:20 UTC", with any zone's name.
std::optional<Milliseconds> parse_zoned_time(std::string_view text) {
    const std::size_t at = text.rfind(' ');
    const std::string_view zone = at == std::string_view::npos ? "" : text.substr(at + 1);
    if (zone.empty() || zone.find(':') != std::string_view::npos)
        return parse_iso_time(text);
    const std::string_view time = text.substr(0, at);
    if (zone == "UTC" || zone == "GMT")
        return parse_iso_time(std::string(time) + "Z");
    ::tzset();
    if (zone == ::tzname[0] || zone == ::tzname[1])
        return parse_iso_time(time);
    return zone.front() == '+' || zone.front() == '-' ? parse_iso_time(text) : std::nullopt;
}

// "Nov 14 22:13:20 2023"
std::optional<Milliseconds> parse_ctime(std::string_view text) {
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t month = months.find(text.substr(0, 3));
    if (text.size() < 4 || month == std::string_view::npos || month % 3 != 0)
        return {};
    TextCursor cursor(trim(text.substr(3)));
    const auto day = cursor.number(1, 2);
    const auto clock = day && cursor.take(' ') ? read_clock(cursor) : std::nullopt;
    const auto year = clock && cursor.take(' ') ? cursor.number(4, 4) : std::nullopt;
    if (!year || !cursor.done())
        return {};
    return to_milliseconds({*year, static_cast<int>(month / 3) + 1, *day}, *clock, {});
}

} // namespace

std::optional<Event> parse_event(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    Event event;
    if (colon == std::string_view::npos || !read_number(text.substr(colon + 1), event.serial))
        return {};
    const std::string_view time = text.substr(0, colon);
    if (const auto epoch = parse_epoch_time(time))
        event.time = *epoch;
    else if (time.find(' ') != std::string_view::npos)
        event.time = parse_interpreted_time(time).value_or(0);
    else
        return {};
    return event;
}

std::optional<Milliseconds> parse_iso_time(std::string_view text) {
    TextCursor cursor(text);
    const auto year = cursor.number(4, 4);
    const auto month = year && cursor.take('-') ? cursor.number(2, 2) : std::nullopt;
    const auto day = month && cursor.take('-') ? cursor.number(2, 2) : std::nullopt;
    if (!day)
        return {};
    Clock clock;
    std::optional<int> zone;
    if (cursor.take('T') || cursor.take(' ')) {
        const auto given = read_clock(cursor);
        if (!given || !read_zone(cursor, zone))
            return {};
        clock = *given;
    }
    if (!cursor.done())
        return {};
    return to_milliseconds({*year, *month, *day}, clock, zone);
}

std::optional<Milliseconds> parse_stamp(std::string_view text) {
    if (text.empty())
        return {};
    if (text.front() >= '0' && text.front() <= '9') {
        constexpr std::size_t epoch_digits = 10;
        return text.find('.') == epoch_digits && text.find('-') == std::string_view::npos
                   ? parse_epoch_time(text.substr(0, epoch_digits + 4))
                   : parse_iso_time(text);
    }
    const std::size_t day = text.find(' ');
    if (day == std::string_view::npos)
        return {};
    const std::string_view rest = trim(text.substr(day));
    return !rest.empty() && rest.front() >= '0' && rest.front() <= '9' ? parse_zoned_time(rest)
                                                                       : parse_ctime(rest);
}

std::optional<Milliseconds> parse_moment(std::string_view text, Milliseconds now) {
    constexpr std::string_view ago = " ago";
    text = trim(text);
    if (text == "now")
        return now;
    if (text == "today")
        return start_of_day(now, 0);
    if (text == "yesterday")
        return start_of_day(now, 1);
    if (text.starts_with('@')) {
        const std::string number =
            std::string(text.substr(1)) + (text.find('.') == std::string_view::npos ? ".0" : "");
        return parse_epoch_time(number);
    }
    const bool minus = text.starts_with('-');
    if (minus || text.ends_with(ago)) {
        text = minus ? text.substr(1) : text.substr(0, text.size() - ago.size());
        const auto duration = parse_duration(trim(text));
        return duration ? std::optional(now - *duration) : std::nullopt;
    }
    return parse_iso_time(text);
}

std::string_view moment_forms() {
    return "2026-11-01, 2026-11-01 10:00, 2026-11-01T10:00:00Z, @1700000000, today, yesterday, "
           "-2h or \"2 hours ago\"";
}

} // namespace selns::log
