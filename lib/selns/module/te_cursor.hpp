#pragma once

#include "selns/module/te_statement.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace selns::module {

// Goes through a statement's tokens, from the one behind its first word. EXPECTED, the form that
// the statement should have, is what Errors say.
class TeCursor {
  public:
    TeCursor(const TeStatement& statement, const std::string& file, std::string expected)
        : statement_(statement), file_(file), expected_(std::move(expected)) {}

    const TeToken& now() const;
    // Passes the sign or word WHAT, if it is there.
    bool skip(std::string_view what);
    void expect(std::string_view what);
    // A name, or "self".
    std::string take_name();
    std::string_view take_number();
    const std::string& file() const { return file_; }
    // Place of the current token in the statement.
    std::size_t place() const { return at_; }

    [[noreturn]] void fail() const;
    [[noreturn]] void fail(const std::string& message, int line) const;

  private:
    const TeStatement& statement_;
    const std::string& file_;
    std::string expected_;
    std::size_t at_ = 1;
};

} // namespace selns::module
