#include "selns/oci/document.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace selns::oci {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view algorithm = "sha256:";

Error malformed(const std::string& why) {
    return Error(ErrorKind::invalid_input, why);
}

Json parse(const std::string& text, const char* what) {
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        throw malformed(std::string("not ") + what + " in JSON");
    return json;
}

const Json* find(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() ? nullptr : &*found;
}

std::string text(const Json& json, const char* key) {
    const Json* value = find(json, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::string checked_digest(const std::string& digest) {
    const bool good = digest.size() == algorithm.size() + 64 && digest.starts_with(algorithm) &&
                      digest.find_first_not_of("0123456789abcdef", algorithm.size()) == digest.npos;
    if (!good)
        throw malformed("not a sha256 digest: " + printable(digest.substr(0, 100)));
    return digest;
}

std::string platform_of(const Json& json) {
    const Json* platform = find(json, "platform");
    if (platform == nullptr || !platform->is_object())
        return {};
    std::string result = text(*platform, "os") + "/" + text(*platform, "architecture");
    if (const std::string variant = text(*platform, "variant"); !variant.empty())
        result += "/" + variant;
    return result;
}

Descriptor descriptor(const Json& json) {
    if (!json.is_object())
        throw malformed("a descriptor that is no object");
    Descriptor result;
    result.media_type = text(json, "mediaType");
    result.digest = checked_digest(text(json, "digest"));
    const Json* size = find(json, "size");
    if (size == nullptr || !size->is_number_unsigned())
        throw malformed("a descriptor without a size: " + result.digest);
    result.size = size->get<std::uint64_t>();
    result.platform = platform_of(json);
    if (const Json* annotations = find(json, "annotations");
        annotations != nullptr && annotations->is_object())
        result.name = text(*annotations, "org.opencontainers.image.ref.name");
    return result;
}

const Json& list(const Json& json, const char* key, std::size_t most) {
    const Json* value = find(json, key);
    if (value == nullptr || !value->is_array())
        throw malformed(std::string("it has no list of ") + key);
    if (value->size() > most)
        throw malformed(std::string("it has too many ") + key);
    return *value;
}

// Names and words of the image's maker, for the manifest.
Json run_of(const Json& config) {
    Json run = Json::object();
    for (const char* key : {"Env", "Entrypoint", "Cmd", "User", "WorkingDir"}) {
        const Json* value = find(config, key);
        if (value == nullptr || value->is_null())
            continue;
        const bool words =
            value->is_array() && std::all_of(value->begin(), value->end(),
                                             [](const Json& word) { return word.is_string(); });
        if (!value->is_string() && !words)
            throw malformed(std::string("the configuration's ") + key + " is no text");
        run[key] = *value;
    }
    return run;
}

} // namespace

bool is_index(const Descriptor& descriptor) {
    return descriptor.media_type == "application/vnd.oci.image.index.v1+json" ||
           descriptor.media_type == "application/vnd.docker.distribution.manifest.list.v2+json";
}

bool is_manifest(const Descriptor& descriptor) {
    return descriptor.media_type == "application/vnd.oci.image.manifest.v1+json" ||
           descriptor.media_type == "application/vnd.docker.distribution.manifest.v2+json";
}

std::vector<Descriptor> read_index(const std::string& text) {
    const Json json = parse(text, "an index");
    std::vector<Descriptor> result;
    for (const Json& item : list(json, "manifests", most_descriptors))
        result.push_back(descriptor(item));
    return result;
}

Manifest read_manifest(const std::string& text) {
    const Json json = parse(text, "a manifest");
    const Json* config = find(json, "config");
    if (config == nullptr)
        throw malformed("the manifest names no configuration");
    Manifest result{descriptor(*config), {}};
    static constexpr std::array<std::string_view, 4> types = {
        "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar.gzip"};
    for (const Json& item : list(json, "layers", most_layers)) {
        result.layers.push_back(descriptor(item));
        const std::string& type = result.layers.back().media_type;
        if (std::find(types.begin(), types.end(), type) == types.end())
            throw malformed("a layer of the type " + printable(type.substr(0, 200)) +
                            ", which is no layer of files");
    }
    return result;
}

Config read_config(const std::string& text) {
    const Json json = parse(text, "a configuration");
    const Json* rootfs = find(json, "rootfs");
    if (rootfs == nullptr || !rootfs->is_object())
        throw malformed("the configuration does not tell its layers");
    Config result;
    for (const Json& item : list(*rootfs, "diff_ids", most_layers))
        result.diff_ids.push_back(checked_digest(item.is_string() ? item.get<std::string>() : ""));
    const Json* config = find(json, "config");
    const Json run = config != nullptr && config->is_object() ? run_of(*config) : Json::object();
    result.run = run.empty() ? "" : run.dump(-1, ' ', false, Json::error_handler_t::replace);
    return result;
}

} // namespace selns::oci
