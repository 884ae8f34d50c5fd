#pragma once

#include "selns/sandbox/sandbox.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace selns::sandbox {

// All that a worker emitted, in one string: whoever keeps it can have the same again without the
// worker, as long as program and file are the same. It is trusted no more than the worker.
class Transcript {
  public:
    static constexpr std::size_t most = 64U << 20U; // bytes; what is longer is not kept

    Transcript() = default; // of nothing yet
    // What an earlier one has kept.
    explicit Transcript(std::string text) : text_(std::move(text)), replays_(true) {}

    bool replays() const { return replays_; }
    // Once a worker has ended; nothing when it is not worth keeping.
    const std::string* text() const { return worth_ ? &text_ : nullptr; }

    void add(const std::string& piece);
    // Says that it is not worth keeping.
    void drop();
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    bool worth_ = true;
    bool replays_ = false;
};

// What WORKER emits, piece by piece.
class Pieces {
  public:
    // TRANSCRIPT, when given, gets it and must outlive this object; no worker is started when it
    // replays().
    Pieces(const Worker& worker, Task task, Transcript* transcript);

    // The next piece, of whole records if the worker emits such; nothing at the end.
    std::optional<std::string> next();

  private:
    Transcript* transcript_;
    std::optional<Process> process_; // none: it is said again, and has been when SAID
    bool said_ = false;
};

} // namespace selns::sandbox
