#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace selns::module {

struct TeToken {
    enum class Kind {
        word,   // begins with a letter or "_"
        number, // or a version: begins with a digit
        string, // with its quotes
        quoted, // of m4: `...'
        sign,   // one character
        end,    // of the text
    } kind = Kind::end;
    std::string_view text;
    std::size_t begin = 0; // in the text
    int line = 0;

    std::size_t past() const { return begin + text.size(); }
    bool is(std::string_view what) const {
        return (kind == Kind::word || kind == Kind::sign) && text == what;
    }
};

struct TeComment {
    std::string_view text; // with its "#"
    std::size_t begin = 0;
    int line = 0;
};

// The words of a .te text and its comments. What checkmodule's scanner does not take, and a string
// or an m4 quotation that does not end, is an invalid_input Error with its line in FILE.
class TeLexer {
  public:
    TeLexer(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    TeToken next();
    // Comments before the token that next() gave last.
    const std::vector<TeComment>& comments() const { return comments_; }

  private:
    void skip_blanks();
    std::size_t end_of_string() const;
    std::size_t end_of_quotation() const;
    std::size_t end_of_run(bool dash) const;
    [[noreturn]] void fail(const std::string& message) const;

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::vector<TeComment> comments_;
};

} // namespace selns::module
