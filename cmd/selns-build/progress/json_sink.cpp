#include "selns-build/progress/sinks.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace selns::cmd {

namespace {

using progress::Event;
using progress::EventKind;
using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<EventKind, std::string_view>, 7> names{
    {{EventKind::started, "started"},
     {EventKind::advanced, "advanced"},
     {EventKind::detail, "detail"},
     {EventKind::finished, "finished"},
     {EventKind::failed, "failed"},
     {EventKind::note, "note"},
     {EventKind::warning, "warning"}}};

std::string_view name_of(EventKind kind) {
    return std::ranges::find(names, kind, [](const auto& name) { return name.first; })->second;
}

Json to_json(const Event& event, const std::string& recipe) {
    Json object{{"event", name_of(event.kind)}};
    if (!recipe.empty())
        object["recipe"] = recipe;
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
    JsonSink(Output& output, std::string recipe) : output_(output), recipe_(std::move(recipe)) {}
    void on(const Event& event) override {
        // ASCII only: a log viewer may obey control characters beyond it.
        output_.write(to_json(event, recipe_).dump(-1, ' ', true, Json::error_handler_t::replace) +
                      "\n");
    }

  private:
    Output& output_;
    std::string recipe_;
};

} // namespace

std::unique_ptr<progress::Sink> make_json_sink(Output& output, const std::string& recipe) {
    return std::make_unique<JsonSink>(output, recipe);
}

std::optional<Event> event_from_json(std::string_view line) {
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object())
        return std::nullopt;
    try {
        const auto name = object.value("event", std::string());
        const auto* const kind =
            std::ranges::find(names, name, [](const auto& each) { return each.second; });
        if (kind == names.end())
            return std::nullopt;
        return Event{.kind = kind->first,
                     .step = object.value("step", ""),
                     .text = object.value("text", ""),
                     .done = object.value("done", std::uint64_t{0}),
                     .total = object.value("total", std::uint64_t{0}),
                     .unit = object.value("unit", ""),
                     .cached = object.value("cached", false),
                     .elapsed =
                         std::chrono::milliseconds(object.value("elapsed_ms", std::int64_t{0}))};
    } catch (const Json::exception&) {
        return std::nullopt; // a value of another type
    }
}

} // namespace selns::cmd
