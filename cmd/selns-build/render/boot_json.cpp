#include "selns-build/render/boot.hpp"

#include <nlohmann/json.hpp>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

Json milliseconds(const boot::Observation::Time& time) {
    return time ? Json(time->count()) : Json();
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
                {"target", seen.default_target},
                {"target_reached", seen.target.has_value()},
                {"login_prompt", seen.login.has_value()},
                {"selinux", boot::name_of(seen.selinux)},
                {"failed_units", seen.failed_units},
                {"failed_workloads", booted.failed_workloads},
                {"denials", {{"records", booted.records}, {"unique", booted.unique}}},
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
                 {{"kernel", booted.kernel_log.string()},
                  {"console", booted.console_log.string()},
                  {"audit", booted.audit_log ? Json(booted.audit_log->string()) : Json()}}}};
    return object.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace selns::cmd
