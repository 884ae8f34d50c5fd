#include "cmd/events.hpp"

#include <string>

namespace selns::test {

namespace {

using namespace std::chrono_literals;
using progress::Event;
using progress::EventKind;

class Player {
  public:
    Player(progress::Sink& sink, FakeClock& clock) : sink_(sink), clock_(clock) {}

    void start(const char* step, const char* text) {
        step_ = step;
        begun_ = clock_.now;
        sink_.on(event(EventKind::started, text));
    }
    void detail(const char* text, std::chrono::milliseconds after) {
        clock_.pass(after);
        sink_.on(event(EventKind::detail, text));
    }
    void advance(std::uint64_t done, std::uint64_t total, const char* unit,
                 std::chrono::milliseconds after) {
        clock_.pass(after);
        Event advanced = event(EventKind::advanced, "");
        advanced.done = done;
        advanced.total = total;
        advanced.unit = unit;
        sink_.on(advanced);
    }
    void end(EventKind kind, const char* text, std::chrono::milliseconds after,
             bool cached = false) {
        clock_.pass(after);
        Event ended = event(kind, text);
        ended.cached = cached;
        sink_.on(ended);
        step_.clear();
    }

  private:
    Event event(EventKind kind, const char* text) const {
        Event result;
        result.kind = kind;
        result.step = step_;
        result.text = text;
        result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now - begun_);
        return result;
    }

    progress::Sink& sink_;
    FakeClock& clock_;
    std::string step_;
    std::chrono::steady_clock::time_point begun_;
};

} // namespace

void play_build(progress::Sink& sink, FakeClock& clock) {
    Player player(sink, clock);
    player.start("bootstrap", "Debian bookworm");
    player.detail("fetching libc6", 40ms); // too soon to be drawn
    player.detail(
        "setting up \x1b[31mudev\x07 of a long name that no window could show in one line", 11s);
    player.advance(20, 172, "packages", 200ms);
    player.advance(172, 172, "packages", 41s);
    player.end(EventKind::finished, "172 packages, 244 MiB", 1s);
    player.start("policy", "committing the module store");
    sink.note("the local module does not exist yet");
    sink.warning(
        "boolean httpd_can_network_connect is on already, so that setting it in the recipe "
        "changes nothing");
    player.end(EventKind::finished, "policy version 33", 200ms, true);
    player.start("image", "web.ext4");
    player.advance(150U << 20U, 244U << 20U, "bytes", 500ms);
    player.end(EventKind::failed, "", 100ms);
}

} // namespace selns::test
