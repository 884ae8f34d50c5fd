#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace selns::log {

// Puts together the entries of a journal that take up several lines: of `journalctl -o export`,
// with binary fields, of -o verbose, and objects of JSON that somebody's eyes are meant to read.
//
// What a program wrote cannot end a field there and begin another: export gives the size of a field
// that has a line feed in it, verbose indents its further lines, JSON has no line feeds in texts.
class Entries {
  public:
    struct Entry {
        bool json = false;
        bool whole = true; // else it is cut off, or longer than any record
        std::string text;  // JSON, or fields NAME=VALUE, each with a zero behind it
    };

    bool active() const { return form_ != Form::none; }
    bool in_binary_field() const { return !binary_name_.empty(); }
    // Whether LINE, without its line feed, is a part of an entry. One that is not ends the entry
    // before it.
    bool take(std::string_view line);
    void take_empty_lines(std::size_t count);
    // BEGIN are its first bytes, eight at least.
    void take_long_line(std::string_view begin, std::uint64_t size);
    void finish() { end(form_ != Form::json && binary_name_.empty()); }

    // The entry that is complete; it is given once.
    std::optional<Entry> done();

  private:
    enum class Form { none, exported, verbose, json };

    bool begin(std::string_view line);
    bool take_exported(std::string_view line);
    bool take_verbose(std::string_view line);
    bool take_json(std::string_view line);
    void take_binary(std::string_view bytes, std::uint64_t size);
    void add(std::string_view name, std::string_view value);
    void end(bool whole = true);

    static constexpr std::size_t longest = std::size_t{1} << 18U; // of an entry

    Form form_ = Form::none;
    bool too_long_ = false;
    std::string text_; // of the entry at hand
    std::size_t indent_ = 0;
    std::string binary_name_; // not empty: a binary field is being read
    std::string binary_;      // what is kept of it
    std::uint64_t binary_size_ = 0;
    std::optional<Entry> done_;
};

} // namespace selns::log
