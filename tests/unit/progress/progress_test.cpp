#include "selns/progress/progress.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace selns::progress;

namespace {

class Recorder final : public Sink {
  public:
    void on(const Event& event) override { events.push_back(event); }
    std::vector<Event> events;
};

} // namespace

TEST_CASE("a step begins, goes on and ends") {
    Recorder recorder;
    {
        Step step(recorder, "image", "web.tar");
        step.detail("reading it back");
        step.finish("done", true);
    }
    REQUIRE(recorder.events.size() == 3);
    CHECK(recorder.events[0].kind == EventKind::started);
    CHECK(recorder.events[0].step == "image");
    CHECK(recorder.events[0].text == "web.tar");
    CHECK(recorder.events[1].kind == EventKind::detail);
    CHECK(recorder.events[2].kind == EventKind::finished);
    CHECK(recorder.events[2].cached);
}

TEST_CASE("a step that is left by an exception has failed") {
    Recorder recorder;
    try {
        const Step step(recorder, "image", "");
        throw 1;
    } catch (int) {
    }
    CHECK(recorder.events.back().kind == EventKind::failed);
}

TEST_CASE("advance() may be called for every file") {
    Recorder recorder;
    Step step(recorder, "label", "");
    for (std::uint64_t i = 0; i < 100000; ++i)
        step.advance(i, 100000, "files");
    CHECK(recorder.events.size() < 1000);
    REQUIRE(recorder.events.size() > 1);
    CHECK(recorder.events[1].total == 100000);
    CHECK(recorder.events[1].unit == "files");
    step.finish("");
}
