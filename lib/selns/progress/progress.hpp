#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace selns::progress {

enum class EventKind {
    started,  // a step begins: name, text (what it works on)
    advanced, // done of total, in unit; total 0: unknown
    detail,   // one line about what it does right now; the next one replaces it
    finished, // text: what it made; cached, elapsed
    failed,   // the step ended by an exception
    note,     // worth telling, outside or inside a step
    warning,  // worth acting on
};

// What a run reports as it goes. Steps do not nest and do not overlap within one Sink.
struct Event {
    EventKind kind = EventKind::note;
    std::string step; // its name: "bootstrap", "policy", ...; empty outside of steps
    std::string text;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::string unit; // "files", "bytes"
    bool cached = false;
    std::chrono::milliseconds elapsed{0}; // of the step
};

// Where events go; terminals, pipes and programs each have one of their own (cmd/selns-build).
class Sink {
  public:
    virtual ~Sink() = default;
    virtual void on(const Event& event) = 0;

    void note(std::string text);
    void warning(std::string text);
};

// Swallows everything.
class NullSink final : public Sink {
  public:
    void on(const Event&) override {}
};

// One step of the work, from construction to finish(). Left by an exception, it counts as failed.
class Step {
  public:
    Step(Sink& sink, std::string name, std::string text);
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

    // At most some tens of events a second leave here, however often it is called.
    void advance(std::uint64_t done, std::uint64_t total, const char* unit);
    void detail(std::string text);
    void finish(std::string text, bool cached = false);
    // It ended, and not well: why, when that is no exception.
    void fail(std::string why);
    Sink& sink() { return sink_; }

  private:
    Event event(EventKind kind, std::string text = {}) const;

    Sink& sink_;
    std::string name_;
    std::chrono::steady_clock::time_point begun_;
    std::chrono::steady_clock::time_point last_advance_;
    bool finished_ = false;
};

} // namespace selns::progress
