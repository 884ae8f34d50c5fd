#pragma once

#include "selns/converge/converge.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::converge {

// What a run keeps between its rounds.
struct State {
    std::string key;
    std::vector<Round> rounds;
};

std::string to_json(const State& state);
// Nothing when TEXT is no such state.
std::optional<State> parse_state(std::string_view text);

std::string to_json(const Result& result);

} // namespace selns::converge
