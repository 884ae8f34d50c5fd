#include "selns/converge/calm_sink.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace selns;
using progress::Event;
using progress::EventKind;
using std::chrono::milliseconds;

namespace {

struct Recorder final : progress::Sink {
    std::vector<std::string> heard;
    void on(const Event& event) override {
        constexpr const char* names[] = {"started", "advanced", "detail", "finished",
                                         "failed",  "note",     "warning"};
        heard.push_back(names[static_cast<int>(event.kind)] + (" " + event.text));
    }
};

Event event(EventKind kind, const std::string& step, const std::string& text,
            milliseconds elapsed = {}, bool cached = false) {
    Event result;
    result.kind = kind;
    result.step = step;
    result.text = text;
    result.elapsed = elapsed;
    result.cached = cached;
    return result;
}

using Heard = std::vector<std::string>;

} // namespace

TEST_CASE("Quick steps and what is cached go without a word") {
    Recorder recorder;
    converge::CalmSink calm(recorder);
    calm.on(event(EventKind::started, "tree", "a"));
    calm.on(event(EventKind::advanced, "tree", "", milliseconds(100)));
    calm.on(event(EventKind::finished, "tree", "b", milliseconds(200)));
    calm.on(event(EventKind::started, "bootstrap", "c"));
    calm.on(event(EventKind::finished, "bootstrap", "d", milliseconds(9000), true));
    CHECK(recorder.heard.empty());
    calm.on(event(EventKind::warning, "tree", "w"));
    CHECK(recorder.heard == Heard{"warning w"});
}

TEST_CASE("What takes its time is told, with its beginning") {
    Recorder recorder;
    converge::CalmSink calm(recorder);
    SECTION("as soon as it says what it does") {
        calm.on(event(EventKind::started, "policy", "a"));
        calm.on(event(EventKind::detail, "policy", "compiling"));
        calm.on(event(EventKind::finished, "policy", "b", milliseconds(500)));
        CHECK(recorder.heard == Heard{"started a", "detail compiling", "finished b"});
    }
    SECTION("as soon as it is known to") {
        calm.on(event(EventKind::started, "image", "a"));
        calm.on(event(EventKind::detail, "image", "quick", milliseconds(10)));
        calm.on(event(EventKind::advanced, "image", "slow", milliseconds(4000)));
        CHECK(recorder.heard == Heard{"started a", "advanced slow"});
    }
    SECTION("at its end") {
        calm.on(event(EventKind::started, "image", "a"));
        calm.on(event(EventKind::finished, "image", "b", milliseconds(4000)));
        CHECK(recorder.heard == Heard{"started a", "finished b"});
    }
    SECTION("when it fails") {
        calm.on(event(EventKind::started, "image", "a"));
        calm.on(event(EventKind::failed, "image", ""));
        CHECK(recorder.heard == Heard{"started a", "failed "});
    }
}
