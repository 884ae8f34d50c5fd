#include "selns/denials/seen.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace selns::denials {

namespace {

constexpr std::int64_t last_time = 253'402'300'799; // of the year 9999
constexpr std::string_view cut_mark = "...";

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

// Not in the middle of a UTF-8 sequence; one longer than four bytes is none.
void cut(std::string& name) {
    std::size_t end = Seen::longest - cut_mark.size();
    for (int i = 0; i < 3 && continues_character(name[end]); ++i)
        --end;
    name.resize(end);
    name += cut_mark;
}

void keep_smallest(std::set<std::string>& names) {
    while (names.size() > Seen::most)
        names.erase(std::prev(names.end()));
}

void add(std::set<std::string>& names, std::string name) {
    if (name.empty())
        return;
    if (name.size() > Seen::longest)
        cut(name);
    names.insert(std::move(name));
    keep_smallest(names);
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "/proc/812/task/813/attr" as "/proc/*/task/*/attr".
std::string without_numbers(std::string path) {
    for (const std::string_view parent : {"/proc/", "/task/"}) {
        const std::size_t at = path.find(parent);
        if (!path.starts_with("/proc/") || at == std::string::npos)
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

void Seen::add_program(std::string name) {
    add(programs, std::move(name));
}

void Seen::add_object(std::string name) {
    add(objects, without_numbers(std::move(name)));
}

void Seen::merge(const Seen& other) {
    if (other.first)
        add_time(*other.first);
    programs.insert(other.programs.begin(), other.programs.end());
    objects.insert(other.objects.begin(), other.objects.end());
    keep_smallest(programs);
    keep_smallest(objects);
}

} // namespace selns::denials
