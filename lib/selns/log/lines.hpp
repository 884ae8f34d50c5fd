#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace selns::log {

// Cuts a stream of bytes into lines. Memory is bounded by the longest line that is wanted.
class LineCutter {
  public:
    // No record of the kernel or of auditd comes near.
    static constexpr std::size_t longest = 65536;

    virtual ~LineCutter() = default;
    LineCutter() = default;
    LineCutter(const LineCutter&) = delete;
    LineCutter& operator=(const LineCutter&) = delete;

    void feed(std::string_view bytes);
    // The stream is over: what follows the last line feed is a line that was not ended.
    void finish();

  protected:
    virtual void on_line(std::string_view line, bool ended) = 0; // a part of what was fed last
    // In place of lines with nothing in them: to call something for each would take as long as a
    // denial.
    virtual void on_empty_lines(std::size_t count) = 0;
    // One whose parts were in several pieces: at most the first that ends in a piece, and the last.
    virtual void on_joined_line(std::string line, bool ended) = 0;
    // In place of a line that is longer than LONGEST: its first bytes, and how many it has.
    virtual void on_long_line(std::string_view begin, std::uint64_t size) = 0;

  private:
    void end_line(std::string_view rest);
    void keep(std::string_view part);
    void keep_begin(std::string_view part);

    static constexpr std::size_t begin_size = 32; // what is kept of one that is too long

    std::string begun_; // the beginning of a line whose end was not in its piece
    bool too_long_ = false;
    std::uint64_t size_ = 0; // of one that is too long, up to here
};

} // namespace selns::log
