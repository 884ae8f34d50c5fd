#include "selns/log/wrapped.hpp"

#include "selns/log/lines.hpp"
#include "selns/log/record.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace selns::log {

namespace {

// Whether TEXT begins with a field that kernels write.
bool begins_field(std::string_view text) {
    constexpr std::array<std::string_view, 14> fields = {
        "pid=",      "comm=",     "name=",   "path=",       "dev=",     "ino=",     "ioctlcmd=",
        "scontext=", "tcontext=", "tclass=", "permissive=", "srawcon=", "trawcon=", "capability="};
    return std::ranges::any_of(fields,
                               [&](std::string_view field) { return text.starts_with(field); });
}

bool is_record(const std::string& text) {
    const Line line = read_line(text);
    std::string_view fault;
    return line.kind == Line::Kind::denial && decode(line.record, fault);
}

} // namespace

bool WrappedRecord::take(std::string_view line, std::uint64_t number) {
    if (number != last_ + 1 || lines_ == most_lines)
        return false;
    last_ = number;
    ++lines_;
    const bool at_blank = begins_field(line);
    if (!whole_.empty()) { // what may stand behind a whole record
        if (std::string longer = whole_ + " " + std::string(line);
            at_blank && longer.size() <= LineCutter::longest && is_record(longer))
            whole_ = std::move(longer);
        return true;
    }
    std::vector<std::string> readings;
    for (const std::string_view between : {at_blank ? " " : "", at_blank ? "" : " "})
        for (const std::string& before : readings_)
            if (readings.size() < most_readings &&
                before.size() + line.size() < LineCutter::longest)
                readings.push_back(before + std::string(between) + std::string(line));
    const auto found = std::ranges::find_if(readings, is_record);
    if (found != readings.end())
        whole_ = *found;
    readings_ = std::move(readings);
    return true;
}

} // namespace selns::log
