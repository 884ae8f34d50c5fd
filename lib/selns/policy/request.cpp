#include "selns/policy/request.hpp"

#include <nlohmann/json.hpp>

// CBOR: modules are bytes.
namespace selns {

namespace {

using Json = nlohmann::json;

Json bytes(const std::string& text) {
    return Json::binary({text.begin(), text.end()});
}

std::string text(const Json& json) {
    const auto& binary = json.get_binary();
    return {binary.begin(), binary.end()};
}

} // namespace

static void to_json(Json& json, const Location& at) {
    json = {bytes(at.file), at.line, at.column};
}
static void from_json(const Json& json, Location& at) {
    at = {text(json.at(0)), json.at(1).get<int>(), json.at(2).get<int>()};
}

namespace policy {

static void to_json(Json& json, const Module& module) {
    json = {bytes(module.name), module.language, bytes(module.content), module.at};
}
static void from_json(const Json& json, Module& module) {
    module = {text(json.at(0)), json.at(1).get<std::string>(), text(json.at(2)),
              json.at(3).get<Location>()};
}

static void to_json(Json& json, const Boolean& boolean) {
    json = {boolean.name, boolean.value, boolean.at};
}
static void from_json(const Json& json, Boolean& boolean) {
    boolean = {json.at(0).get<std::string>(), json.at(1).get<bool>(), json.at(2).get<Location>()};
}

static void to_json(Json& json, const FileContext& entry) {
    json = {bytes(entry.regex), entry.type, bytes(entry.context), entry.at};
}
static void from_json(const Json& json, FileContext& entry) {
    entry = {text(json.at(0)), json.at(1).get<std::uint32_t>(), text(json.at(2)),
             json.at(3).get<Location>()};
}

std::string encode(const Request& request) {
    const Place& place = request.place;
    const Changes& changes = request.changes;
    const Json json = {{"type", place.type},
                       {"policy", bytes(place.policy)},
                       {"version", place.version},
                       {"modules", changes.modules},
                       {"booleans", changes.booleans},
                       {"file_contexts", changes.file_contexts},
                       {"removed", changes.removed},
                       {"show_dontaudit", changes.show_dontaudit},
                       {"conf", bytes(request.image_conf)}};
    const auto cbor = Json::to_cbor(json);
    return {cbor.begin(), cbor.end()};
}

Request decode_request(const std::string& cbor) {
    const Json json = Json::from_cbor(cbor);
    Request request;
    request.place.type = json.at("type").get<std::string>();
    request.place.policy = text(json.at("policy"));
    request.place.version = json.at("version").get<unsigned>();
    request.changes = {.modules = json.at("modules").get<std::vector<Module>>(),
                       .booleans = json.at("booleans").get<std::vector<Boolean>>(),
                       .file_contexts = json.at("file_contexts").get<std::vector<FileContext>>(),
                       .removed = json.at("removed").get<std::vector<std::string>>(),
                       .show_dontaudit = json.at("show_dontaudit").get<bool>()};
    request.image_conf = text(json.at("conf"));
    return request;
}

} // namespace policy

} // namespace selns
