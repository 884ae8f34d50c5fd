#include "selns-build/progress/sinks.hpp"

#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

using progress::Event;
using progress::EventKind;
using Json = nlohmann::ordered_json;

const char* name_of(EventKind kind) {
    switch (kind) {
    case EventKind::started:
        return "started";
    case EventKind::advanced:
        return "advanced";
    case EventKind::detail:
        return "detail";
    case EventKind::finished:
        return "finished";
    case EventKind::failed:
        return "failed";
    case EventKind::note:
        return "note";
    case EventKind::warning:
        return "warning";
    }
    return "note";
}

Json to_json(const Event& event) {
    Json object{{"event", name_of(event.kind)}};
    if (!event.step.empty())
        object["step"] = event.step;
    if (!event.text.empty())
        object["text"] = event.text;
    if (event.kind == EventKind::advanced) {
        object["done"] = event.done;
        if (event.total > 0)
            object["total"] = event.total;
        object["unit"] = event.unit;
    }
    if (event.kind == EventKind::finished)
        object["cached"] = event.cached;
    if (!event.step.empty() && event.kind != EventKind::started)
        object["elapsed_ms"] = event.elapsed.count();
    return object;
}

class JsonSink final : public progress::Sink {
  public:
    explicit JsonSink(Output& output) : output_(output) {}
    void on(const Event& event) override {
        // ASCII only: a log viewer may obey control characters beyond it.
        output_.write(to_json(event).dump(-1, ' ', true, Json::error_handler_t::replace) + "\n");
    }

  private:
    Output& output_;
};

} // namespace

std::unique_ptr<progress::Sink> make_json_sink(Output& output) {
    return std::make_unique<JsonSink>(output);
}

} // namespace selns::cmd
