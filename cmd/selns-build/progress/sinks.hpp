#pragma once

#include "selns-build/look.hpp"
#include "selns-build/output.hpp"
#include "selns/progress/progress.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace selns::cmd {

struct Session;

enum class ProgressMode { automatic, bar, plain, json, none };

using Clock = std::function<std::chrono::steady_clock::time_point()>;
using Width = std::function<int()>;

// For a terminal: a line for each step that ended, and one for the running step, redrawn at most
// ten times a second, and only when something happens.
// WIDTH is asked at each drawing, since users resize windows.
std::unique_ptr<progress::Sink> make_bar_sink(Output& output, const Look& look, Width width,
                                              Clock clock);

// For pipes and logs: a line when a step starts and one when it ends; in between at most one
// every ten seconds. RECIPE begins each line, unless it is empty.
std::unique_ptr<progress::Sink> make_plain_sink(Output& output, const Look& look, Clock clock,
                                                const std::string& recipe = {});

// For programs: each event as one JSON object on a line, with RECIPE unless it is empty.
std::unique_ptr<progress::Sink> make_json_sink(Output& output, const std::string& recipe = {});
// What such a sink wrote, without the recipe; nothing for any other line.
std::optional<progress::Event> event_from_json(std::string_view line);

// The one that MODE names, for the session's standard error.
std::unique_ptr<progress::Sink> make_sink(ProgressMode mode, Session& session);

} // namespace selns::cmd
