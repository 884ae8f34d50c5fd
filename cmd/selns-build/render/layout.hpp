#pragma once

#include "selns-build/look.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace selns::cmd {

// Lines with a column of titles at the left: how results are laid out for people.
class Sheet {
  public:
    // TITLE_WIDTH: columns of the titles. WHOLE: items are wrapped, too, and lists not shortened.
    Sheet(const Look& look, int title_width, bool whole = false)
        : look_(look), title_width_(title_width), whole_(whole) {}

    void heading(const std::string& text);
    void blank() { text_ += "\n"; }
    // TEXT is wrapped beside its title; without text, nothing is written.
    void row(const std::string& title, const std::string& text);
    // Below a row's text; on a terminal cut to the width.
    void item(const std::string& text);
    // At most MOST of ITEMS, then how many more there are.
    void items(const std::vector<std::string>& items, std::size_t most);
    // As it is.
    void line(const std::string& text) { text_ += text + "\n"; }

    const Look& look() const { return look_; }
    const std::string& text() const { return text_; }

  private:
    Look look_;
    int title_width_;
    bool whole_;
    std::string text_;
};

// "1 file", "12,441 files"
std::string count_of(std::uint64_t count, const std::string& singular);

// "1,204 records: 36 already allowed, 79 made into rules": denial records and what became of each.
// Verdicts that did not occur are left out.
std::string denials_of(std::uint64_t records,
                       const std::vector<std::pair<std::string, std::uint64_t>>& verdicts);

// "83, 4 new", "6, all new"
std::string rules_of(std::uint64_t rules, std::uint64_t added);

// PATH as one would type it in DIRECTORY: relative when it lies below.
std::string path_from(const std::filesystem::path& path, const std::filesystem::path& directory);

} // namespace selns::cmd
