#pragma once

#include "selns/module/format.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::module {

// Takes statements out of a module's text, one after the other; what is left is the module's head,
// byte for byte but for the lines that became blank. What stands between two statements is called
// a gap: blanks and comments.
class HeadBuilder {
  public:
    HeadBuilder(std::string_view text, Format format) : text_(text), format_(format) {}

    // The statement [BEGIN, END) stays.
    void keep(std::size_t begin, std::size_t end);
    // The rule [BEGIN, END) goes, and so do the comment lines right above it and the comment
    // behind it, which are returned, from the first column.
    std::vector<std::string> take_rule(std::size_t begin, std::size_t end);
    // The require block [BEGIN, END) goes; the first one leaves a place where a new one stands.
    void take_require(std::size_t begin, std::size_t end);
    // No block had a name in it: as if there had been none.
    void forget_require() { require_.reset(); }
    // Behind what was kept last, and its comment, is the place for a require block, if the text
    // has none.
    void end_of_module_statement() { module_end_ = head_.size(); }

    // What stands before and behind the require block. The first part ends so that the block can
    // follow at once.
    std::pair<std::string, std::string> finish();

  private:
    void append(std::string_view part) { head_.append(part); }
    bool at_line_start() const { return head_.empty() || head_.ends_with('\n'); }
    void take_comments_above(std::string_view gap, std::vector<std::string>& comments);
    void take_comment_behind(std::vector<std::string>& comments);
    void close_up();
    std::pair<std::string, std::string> split_behind_module_statement() const;

    std::string_view text_;
    Format format_;
    std::size_t at_ = 0; // everything before has been looked at
    std::string head_;
    std::optional<std::size_t> require_;    // its place in the head
    std::optional<std::size_t> module_end_; // in the head
};

// TEXT without blanks and blank lines at its end.
std::string_view without_end_blanks(std::string_view text);

// A comment line as it stands above a rule: from the first column, and so that it says nothing to
// the compiler.
std::string plain_comment(std::string_view line, Format format);

// audit2allow's heading above the rules of one source, which is written anew.
std::string section_heading(std::string_view source);
bool is_section_heading(std::string_view line);

} // namespace selns::module
