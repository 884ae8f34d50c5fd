#include "selns-build/render/boot.hpp"

#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

Json milliseconds(const boot::Observation::Time& time) {
    return time ? Json(time->count()) : Json();
}

Json to_list(const std::vector<boot::Gap>& gaps) {
    Json list = Json::array();
    for (const boot::Gap& gap : gaps)
        list.push_back({{"reason", gap.reason}, {"advice", gap.advice}});
    return list;
}

// Of the failed units alone.
Json exits_of(const boot::Observation& seen) {
    Json exits = Json::object();
    for (const std::string& unit : seen.failed_units)
        if (const auto exit = seen.exits.find(unit); exit != seen.exits.end())
            exits[unit] = exit->second;
    return exits;
}

} // namespace

std::string booted_json(const pipeline::Booted& booted) {
    const boot::Observation& seen = booted.run.seen;
    Json object{{"name", booted.name},
                {"image", booted.image.string()},
                {"kernel", booted.kernel},
                {"accelerator", name_of(booted.accelerator)},
                {"ok", booted.failure.empty()},
                {"failure", booted.failure},
                {"last_lines", booted.last_lines},
                {"target", seen.default_target},
                {"target_reached", seen.target.has_value()},
                {"login_prompt", seen.login.has_value()},
                {"selinux", boot::name_of(seen.selinux)},
                {"selinux_namespace",
                 seen.selinux_namespace ? Json(boot::name_of(*seen.selinux_namespace)) : Json()},
                {"failed_units", seen.failed_units},
                {"exits", exits_of(seen)},
                {"unit_lines", booted.logs.unit_lines},
                {"failed_workloads", booted.failed_workloads},
                {"denials", {{"records", booted.logs.records}, {"unique", booted.logs.unique}}},
                {"complete", booted.logs.gaps.empty()},
                {"not_known", to_list(booted.logs.gaps)},
                {"failed_access", seen.failed_access},
                {"milliseconds",
                 {{"kernel", milliseconds(seen.kernel)},
                  {"root", milliseconds(seen.root)},
                  {"policy", milliseconds(seen.policy)},
                  {"target", milliseconds(seen.target)},
                  {"login", milliseconds(seen.login)},
                  {"shutdown", milliseconds(seen.shutdown)},
                  {"all", booted.run.elapsed.count()}}},
                {"clean_shutdown", booted.run.clean},
                {"logs",
                 {{"kernel", booted.logs.kernel.string()},
                  {"console", booted.logs.console.string()},
                  {"audit", booted.logs.audit ? Json(booted.logs.audit->string()) : Json()}}}};
    return object.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace selns::cmd
