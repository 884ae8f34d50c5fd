#include "selns-build/render/diff.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace selns::cmd {

namespace {

// Nearly all lines: nothing for on_screen() to do.
bool is_plain(std::string_view line) {
    return std::ranges::all_of(line, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

// As on_screen(), but for tabs, which a module in .te is indented with.
std::string with_tabs(std::string_view line) {
    if (is_plain(line))
        return std::string(line);
    std::vector<std::string> parts;
    for (const std::string_view part : split(line, '\t'))
        parts.push_back(on_screen(part));
    return join(parts, "\t");
}

} // namespace

std::string diff_text(std::string_view before, std::string_view after, const Look& look) {
    const auto old_lines = split(before, '\n');
    const auto new_lines = split(after, '\n');
    const bool changed = !before.empty() && !after.empty(); // else all of one side is shown
    std::unordered_set<std::string_view> had;
    std::unordered_set<std::string_view> has;
    if (changed) {
        had.insert(old_lines.begin(), old_lines.end());
        has.insert(new_lines.begin(), new_lines.end());
    }
    std::string text;
    text.reserve(changed ? 0 : before.size() + after.size() + old_lines.size() + new_lines.size());
    const auto show = [&](char sign, Tone tone, std::string_view line) {
        if (!line.empty())
            text.append(paint(look, tone, sign + with_tabs(line))).push_back('\n');
    };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < old_lines.size() || j < new_lines.size()) {
        if (i < old_lines.size() && !has.contains(old_lines[i])) {
            show('-', Tone::red, old_lines[i++]);
        } else if (j < new_lines.size() && !had.contains(new_lines[j])) {
            show('+', Tone::green, new_lines[j++]);
        } else {
            i += i < old_lines.size() ? 1 : 0;
            j += j < new_lines.size() ? 1 : 0;
        }
    }
    return text;
}

} // namespace selns::cmd
