#include "selns/converge/calm_sink.hpp"

#include <string_view>

namespace selns::converge {

namespace {

constexpr std::chrono::seconds noticeable{3};

// Steps that tell what they do only when the cache has no result of theirs, and a boot.
bool is_slow(std::string_view step) {
    return step == "bootstrap" || step == "policy" || step == "boot";
}

} // namespace

void CalmSink::tell_start() {
    if (start_)
        sink_.on(*start_);
    start_.reset();
}

void CalmSink::on(const progress::Event& event) {
    using progress::EventKind;
    switch (event.kind) {
    case EventKind::started:
        start_ = event;
        return;
    case EventKind::finished:
        if (start_ && (event.cached || event.elapsed < noticeable)) {
            start_.reset();
            return;
        }
        tell_start();
        break;
    case EventKind::advanced:
    case EventKind::detail:
        if (start_ && event.elapsed < noticeable && !is_slow(event.step))
            return;
        tell_start();
        break;
    case EventKind::failed:
        tell_start();
        break;
    case EventKind::note:
    case EventKind::warning:
        break;
    }
    sink_.on(event);
}

} // namespace selns::converge
