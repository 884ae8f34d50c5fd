#pragma once

#include "selns/progress/progress.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace selns::converge {

// Hands on what is worth telling of a build that is done again and again: steps that take their
// time. One that is quick, or whose result is in the cache, goes without a word.
class CalmSink final : public progress::Sink {
  public:
    explicit CalmSink(progress::Sink& sink) : sink_(sink) {}
    void on(const progress::Event& event) override;

  private:
    void tell_start();

    progress::Sink& sink_;
    std::optional<progress::Event> start_; // of the running step, as long as it is not told
};

} // namespace selns::converge
