#include "selns-build/render/layout.hpp"

#include "selns/base/text.hpp"

#include <algorithm>

namespace selns::cmd {

void Sheet::heading(const std::string& text) {
    text_ += paint(look_, Tone::bold, on_screen(text)) + "\n";
}

void Sheet::row(const std::string& title, const std::string& text) {
    std::string start = "  " + paint(look_, Tone::dim, pad(title, title_width_));
    for (const std::string& line : wrap(on_screen(text), look_.width - 2 - title_width_)) {
        text_ += start + line + "\n";
        start = std::string(static_cast<std::size_t>(title_width_) + 2, ' ');
    }
}

void Sheet::item(const std::string& text) {
    const int indent = title_width_ + 4;
    const int room = look_.width - indent;
    std::string start(static_cast<std::size_t>(indent), ' ');
    if (!look_.terminal) {
        text_ += start + on_screen(text) + "\n";
        return;
    }
    if (!whole_ || columns(text) <= room) {
        text_ += start + fit(on_screen(text), room, look_) + "\n";
        return;
    }
    for (const std::string& line : wrap(on_screen(text), room)) {
        text_ += start + line + "\n";
        start.resize(static_cast<std::size_t>(indent) + 2, ' ');
    }
}

void Sheet::items(const std::vector<std::string>& items, std::size_t most) {
    // "and 1 more" would take the line of the one.
    const std::size_t shown = whole_ || items.size() <= most + 1 ? items.size() : most;
    for (std::size_t i = 0; i < shown; ++i)
        item(items[i]);
    if (shown < items.size())
        item("and " + human_count(items.size() - shown) + " more");
}

std::string count_of(std::uint64_t count, const std::string& singular) {
    return human_count(count) + " " + singular + (count == 1 ? "" : "s");
}

std::string denials_of(std::uint64_t records,
                       const std::vector<std::pair<std::string, std::uint64_t>>& verdicts) {
    std::vector<std::string> words;
    for (const auto& [verdict, count] : verdicts)
        if (count > 0)
            words.push_back(human_count(count) + " " +
                            (verdict == "allow" ? "made into rules" : verdict));
    return count_of(records, "record") + (words.empty() ? "" : ": " + join(words, ", "));
}

std::string rules_of(std::uint64_t rules, std::uint64_t added) {
    if (added == 0)
        return human_count(rules);
    return human_count(rules) + (added == rules ? ", all new" : ", " + human_count(added) + " new");
}

std::string path_from(const std::filesystem::path& path, const std::filesystem::path& directory) {
    if (!path.is_absolute())
        return path.string();
    const auto relative = path.lexically_relative(directory);
    if (relative.empty() || *relative.begin() == "..")
        return path.string();
    return relative.string();
}

} // namespace selns::cmd
