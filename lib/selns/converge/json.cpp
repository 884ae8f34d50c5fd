#include "selns/converge/json.hpp"

#include "selns/base/error.hpp"
#include "selns/json/json.hpp"

#include <nlohmann/json.hpp>

namespace selns::converge {

namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 3;

std::string dump(const Json& json) {
    return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

Json to_object(const Obstacle& obstacle) {
    Json choices = Json::array();
    for (const Choice& choice : obstacle.choices)
        choices.push_back({{"key", choice.key}, {"line", choice.line}, {"about", choice.about}});
    return {{"access", obstacle.access},
            {"verdict", obstacle.verdict},
            {"reason", obstacle.reason},
            {"advice", obstacle.advice},
            {"choices", choices}};
}

Json to_list(const std::vector<Obstacle>& obstacles) {
    Json list = Json::array();
    for (const Obstacle& obstacle : obstacles)
        list.push_back(to_object(obstacle));
    return list;
}

Json to_list(const std::vector<boot::Gap>& gaps) {
    Json list = Json::array();
    for (const boot::Gap& gap : gaps)
        list.push_back({{"reason", gap.reason}, {"advice", gap.advice}});
    return list;
}

Json to_list(const std::vector<Round>& rounds) {
    Json list = Json::array();
    for (const Round& round : rounds)
        list.push_back(
            {{"round", round.number},
             {"mode", round.enforcing ? "enforcing" : "permissive"},
             {"selinux_namespace",
              round.selinux_namespace ? Json(boot::name_of(*round.selinux_namespace)) : Json()},
             {"target_ms", round.target.count()},
             {"records", round.records},
             {"unique", round.unique},
             {"added", round.added},
             {"hidden", round.hidden},
             {"obstacles", to_list(round.obstacles)},
             {"failed_units", round.failed_units},
             {"failed_access", round.failed_access},
             {"complete", round.gaps.empty()},
             {"not_known", to_list(round.gaps)}});
    return list;
}

Obstacle read_obstacle(const json::Value& json) {
    Obstacle obstacle{json.at("access").text(),
                      json.at("verdict").text(),
                      json.at("reason").text(),
                      json.at("advice").text(),
                      {}};
    for (const json::Value& choice : json.at("choices").list())
        obstacle.choices.push_back(
            {choice.at("key").text(), choice.at("line").text(), choice.at("about").text()});
    return obstacle;
}

Round read_round(const json::Value& json) {
    Round round;
    round.number = static_cast<unsigned>(json.at("round").number());
    round.enforcing = json.at("mode").text() == "enforcing";
    if (const auto told = json.find("selinux_namespace"))
        round.selinux_namespace = boot::namespace_of(told->text());
    round.target = std::chrono::milliseconds(json.at("target_ms").integer());
    round.records = json.at("records").number();
    round.unique = json.at("unique").number();
    round.added = json.at("added").texts();
    round.hidden = json.at("hidden").texts();
    for (const json::Value& obstacle : json.at("obstacles").list())
        round.obstacles.push_back(read_obstacle(obstacle));
    round.failed_units = json.at("failed_units").texts();
    round.failed_access = json.at("failed_access").texts();
    for (const json::Value& gap : json.at("not_known").list())
        round.gaps.push_back({gap.at("reason").text(), gap.at("advice").text()});
    return round;
}

} // namespace

std::string to_json(const State& state) {
    return dump({{"version", version}, {"key", state.key}, {"rounds", to_list(state.rounds)}});
}

std::optional<State> parse_state(std::string_view text) {
    try {
        const json::Value json = json::parse(text, "");
        if (json.at("version").number() != version)
            return std::nullopt;
        State state{json.at("key").text(), {}};
        for (const json::Value& round : json.at("rounds").list())
            state.rounds.push_back(read_round(round));
        return state;
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::string to_json(const Result& result) {
    return dump({{"name", result.name},
                 {"converged", result.converged()},
                 {"outcome", name_of(result.outcome)},
                 {"failure", result.failure},
                 {"not_known", to_list(result.gaps)},
                 {"rounds", to_list(result.rounds)},
                 {"opened", result.opened},
                 {"hidden", result.hidden},
                 {"failed_access", result.failed_access},
                 {"obstacles", to_list(result.obstacles)},
                 {"module", result.module.string()},
                 {"output", result.output.string()},
                 {"to_change", result.to_change},
                 {"begun", result.begun},
                 {"elapsed_ms", result.elapsed.count()}});
}

} // namespace selns::converge
