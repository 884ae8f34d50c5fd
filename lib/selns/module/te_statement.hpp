#pragma once

#include "selns/module/te_lexer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::module {

struct TeStatement {
    enum class Kind {
        simple, // ends with ";"
        block,  // if, optional, require, dominance: ends with "}"
        macro,  // a call for m4: name(...)
        blank,  // a ";" of its own
    } kind = Kind::simple;
    std::string word;                // the first one, in lower case when the language has it
    std::vector<TeToken> tokens;     // the last one ends it
    std::vector<TeComment> comments; // inside of it

    std::size_t begin() const { return tokens.front().begin; }
    std::size_t end() const { return tokens.back().past(); }
    int line() const { return tokens.front().line; }
    // Its tokens, without layout and comments.
    std::string key() const;
};

// Cuts a .te text into top-level statements. What is none, and what does not end, is an
// invalid_input Error with its line.
class TeParser {
  public:
    TeParser(std::string_view text, const std::string& file);

    std::optional<TeStatement> next();

  private:
    void take();
    void take_nested();
    void take_simple();
    void take_block();
    [[noreturn]] void fail(const std::string& message, int line) const;

    const std::string& file_;
    TeLexer lexer_;
    TeToken ahead_;
    std::vector<TeComment> ahead_comments_;
    TeStatement statement_;
};

// Whether TEXT, as TeStatement::word has it, begins a statement of a module, unless it is a macro's
// name.
bool begins_te_statement(std::string_view text);

} // namespace selns::module
