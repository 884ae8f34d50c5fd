#pragma once

#include "selns/base/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace selns::cmd {

// Standard output or standard error.
class Output {
  public:
    virtual ~Output() = default;
    // Never throws: progress is written while exceptions fly. A failure is kept for problem(), and
    // ends all further writing.
    virtual void write(std::string_view text) = 0;
    // What went wrong; nothing when only the reader went away, who has then seen enough.
    virtual std::optional<Error> problem() const { return std::nullopt; }
    // Whether there was such a failure, or the reader went away: who has more may spare himself.
    virtual bool ended() const { return false; }
};

// A descriptor that somebody else owns.
class FdOutput final : public Output {
  public:
    FdOutput(int fd, const char* name) : fd_(fd), name_(name) {}
    void write(std::string_view text) override;
    std::optional<Error> problem() const override;
    bool ended() const override { return errnum_ != 0; }

  private:
    int fd_;
    const char* name_;
    int errnum_ = 0;
};

class StringOutput final : public Output {
  public:
    void write(std::string_view text) override { text_ += text; }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

} // namespace selns::cmd
