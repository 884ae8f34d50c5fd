#pragma once

#include "selns/log/input.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace selns::log {

// What a file without any denial in it seems to be.
enum class Nature { log, empty, other_text, binary };

// By the beginning of its text.
Nature nature_of(std::string_view sample);

// What a file that begins with BEGIN is, when it is known to be no log: "a tar archive"; else
// empty.
std::string_view known_format(std::string_view begin);

// Hands text on to another inlet: as UTF-8, when it is UTF-16 (which PowerShell writes). Keeps the
// beginning of what it handed on.
class TextInlet final : public Inlet {
  public:
    // A file that is known to be no log is an Error of NAME.
    TextInlet(Inlet& inlet, std::string name) : inlet_(inlet), name_(std::move(name)) {}

    std::span<char> room() override { return inlet_.room(); }
    void filled(std::size_t size) override;

    std::string_view sample() const { return sample_; }

  private:
    enum class Encoding { unknown, bytes, little_endian, big_endian };
    static constexpr std::size_t sample_size = 32768;

    void begin(std::string_view bytes);
    void decode(std::string_view bytes);
    void add_unit(unsigned unit, std::string& text);
    void keep(std::string_view text);

    Inlet& inlet_;
    std::string name_;
    Encoding encoding_ = Encoding::unknown;
    std::string sample_;
    std::string odd_;        // half of a unit
    unsigned surrogate_ = 0; // the first half of a character
};

} // namespace selns::log
