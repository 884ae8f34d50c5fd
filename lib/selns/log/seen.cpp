#include "selns/log/seen.hpp"

#include <algorithm>

namespace selns::log {

namespace {

constexpr std::int64_t last_time = 253'402'300'799; // of the year 9999
constexpr std::string_view cut_mark = "...";

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

// Not in the middle of a UTF-8 sequence; one longer than four bytes is none.
std::string cut(std::string_view name) {
    std::size_t end = Seen::longest - cut_mark.size();
    for (int i = 0; i < 3 && continues_character(name[end]); ++i)
        --end;
    return std::string(name.substr(0, end)).append(cut_mark);
}

// Most names of a long log change nothing: they are there, or have no place among the smallest.
void add_short(std::vector<std::string>& names, std::string_view name) {
    std::size_t place = 0;
    for (; place < names.size(); ++place) {
        const int order = name.compare(names[place]);
        if (order == 0)
            return;
        if (order < 0)
            break;
    }
    if (place == Seen::most)
        return;
    if (names.size() == Seen::most)
        names.pop_back();
    names.reserve(Seen::most);
    names.emplace(names.begin() + static_cast<std::ptrdiff_t>(place), name);
}

void add(std::vector<std::string>& names, std::string_view name) {
    if (name.size() > Seen::longest)
        add_short(names, cut(name));
    else if (!name.empty())
        add_short(names, name);
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

constexpr std::string_view processes = "/proc/";

// "/proc/812/task/813/attr" as "/proc/*/task/*/attr".
std::string without_numbers(std::string path) {
    for (const std::string_view parent : {processes, std::string_view("/task/")}) {
        const std::size_t at = path.find(parent);
        if (at == std::string::npos)
            continue;
        const std::size_t begin = at + parent.size();
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (is_number(std::string_view(path).substr(begin, end - begin)))
            path.replace(begin, end - begin, "*");
    }
    return path;
}

} // namespace

bool Seen::is_time(std::int64_t seconds) {
    return seconds >= 0 && seconds <= last_time;
}

void Seen::add_time(std::int64_t seconds) {
    if (!is_time(seconds))
        return;
    first = first ? std::min(*first, seconds) : seconds;
}

void Seen::add_program(std::string_view name) {
    add(programs, name);
}

void Seen::add_object(std::string_view name) {
    if (name.starts_with(processes))
        add(objects, without_numbers(std::string(name)));
    else
        add(objects, name);
}

void Seen::merge(const Seen& other) {
    if (other.first)
        add_time(*other.first);
    for (const std::string& program : other.programs)
        add_short(programs, program);
    for (const std::string& object : other.objects)
        add_short(objects, object);
}

} // namespace selns::log
