#include "selns/progress/progress.hpp"

#include <utility>

namespace selns::progress {

using namespace std::chrono_literals;

void Sink::note(std::string text) {
    Event event;
    event.kind = EventKind::note;
    event.text = std::move(text);
    on(event);
}

void Sink::warning(std::string text) {
    Event event;
    event.kind = EventKind::warning;
    event.text = std::move(text);
    on(event);
}

Step::Step(Sink& sink, std::string name, std::string text)
    : sink_(sink), name_(std::move(name)), begun_(std::chrono::steady_clock::now()) {
    sink_.on(event(EventKind::started, std::move(text)));
}

Step::~Step() {
    if (!finished_)
        sink_.on(event(EventKind::failed));
}

void Step::advance(std::uint64_t done, std::uint64_t total, const char* unit) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_advance_ < 50ms)
        return;
    last_advance_ = now;
    Event advanced = event(EventKind::advanced);
    advanced.done = done;
    advanced.total = total;
    advanced.unit = unit;
    sink_.on(advanced);
}

void Step::detail(std::string text) {
    sink_.on(event(EventKind::detail, std::move(text)));
}

void Step::finish(std::string text, bool cached) {
    Event finished = event(EventKind::finished, std::move(text));
    finished.cached = cached;
    finished_ = true;
    sink_.on(finished);
}

void Step::fail(std::string why) {
    finished_ = true;
    sink_.on(event(EventKind::failed, std::move(why)));
}

Event Step::event(EventKind kind, std::string text) const {
    Event result;
    result.kind = kind;
    result.step = name_;
    result.text = std::move(text);
    result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun_);
    return result;
}

} // namespace selns::progress
