#pragma once

#include <cstddef>
#include <string_view>

namespace selns::log {

// Without the blanks at its start; 0x1d is one, which enriched auditd lines have before the fields
// that auditd added.
std::string_view skip_blanks(std::string_view text);

// The fields KEY=VALUE of a text, one after the other. A value may be quoted and then holds
// blanks. Words without "=" are passed over. In text that ausearch -i has INTERPRETED nothing is
// quoted, and a value goes on until the next field.
class Fields {
  public:
    explicit Fields(std::string_view text, bool interpreted = false)
        : rest_(text), interpreted_(interpreted) {}

    // False at the end, and at a quoted value that is none: not closed, or run into another.
    bool next();
    bool bad_quote() const { return bad_quote_; }

    std::string_view key() const { return key_; }
    std::string_view value() const { return value_; } // with its quotes
    // Whether the value is the last thing in the text.
    bool at_end() const { return rest_.empty(); }

  private:
    bool read_value();
    bool closes(std::size_t end) const;
    std::size_t end_of_command_line() const;
    std::size_t end_of_interpreted() const;

    std::string_view rest_;
    std::string_view key_;
    std::string_view value_;
    bool interpreted_;
    bool bad_quote_ = false;
};

} // namespace selns::log
