#pragma once

#include <string>
#include <string_view>

namespace selns::boot {

// Cuts a stream into lines. One without an end fills no memory: what is beyond 64 KiB is left out.
class LineBuffer {
  public:
    // Calls TAKE with each line that ends in PIECE, without its end.
    template <typename Take>
    void add(std::string_view piece, Take take) {
        for (std::size_t end = 0; (end = piece.find('\n')) != std::string_view::npos;
             piece.remove_prefix(end + 1)) {
            append(piece.substr(0, end));
            while (line_.ends_with('\r'))
                line_.pop_back();
            take(std::string_view(line_));
            line_.clear();
        }
        append(piece);
    }

  private:
    static constexpr std::size_t longest = 64U << 10U;

    void append(std::string_view part) {
        if (line_.size() < longest)
            line_.append(part.substr(0, longest - line_.size()));
    }

    std::string line_;
};

} // namespace selns::boot
