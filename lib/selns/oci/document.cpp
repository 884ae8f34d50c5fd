#include "selns/oci/document.hpp"

#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/json/json.hpp"

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

json::Value parse(const std::string& text, const char* what) {
    try {
        const json::Value value = json::parse(text, "");
        if (!value.is_object())
            value.refuse("an object");
        return value;
    } catch (Error& error) {
        error.context(std::string("not ") + what + " in JSON");
        throw;
    }
}

std::string checked_digest(const std::string& digest) {
    if (!digest.starts_with(algorithm) ||
        !is_sha256(std::string_view(digest).substr(algorithm.size())))
        throw malformed("not a sha256 digest: " + printable(digest.substr(0, 100)));
    return digest;
}

std::string platform_of(const json::Value& descriptor) {
    const auto platform = descriptor.find("platform");
    if (!platform)
        return {};
    std::string result = platform->text_or("os", "") + "/" + platform->text_or("architecture", "");
    if (const std::string variant = platform->text_or("variant", ""); !variant.empty())
        result += "/" + variant;
    return result;
}

Descriptor descriptor(const json::Value& value) {
    Descriptor result;
    result.media_type = value.text_or("mediaType", "");
    result.digest = checked_digest(value.text_or("digest", ""));
    result.size = value.at("size").number();
    result.platform = platform_of(value);
    if (const auto annotations = value.find("annotations"))
        result.name = annotations->text_or("org.opencontainers.image.ref.name", "");
    return result;
}

std::vector<json::Value> list(const json::Value& value, const char* key, std::size_t most) {
    std::vector<json::Value> values = value.at(key).list();
    if (values.size() > most)
        throw malformed(std::string("it has too many ") + key);
    return values;
}

// Names and words of the image's maker, for the manifest.
Json run_of(const json::Value& config) {
    Json run = Json::object();
    for (const char* key : {"Env", "Entrypoint", "Cmd", "User", "WorkingDir"}) {
        const auto value = config.find(key);
        if (!value)
            continue;
        if (value->is_list())
            run[key] = value->texts();
        else
            run[key] = value->text();
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
    const json::Value index = parse(text, "an index");
    std::vector<Descriptor> result;
    for (const json::Value& item : list(index, "manifests", most_descriptors))
        result.push_back(descriptor(item));
    return result;
}

Manifest read_manifest(const std::string& text) {
    const json::Value manifest = parse(text, "a manifest");
    Manifest result{descriptor(manifest.at("config")), {}};
    static constexpr std::array<std::string_view, 5> types = {
        "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar.gzip", docker_layer_type};
    for (const json::Value& item : list(manifest, "layers", most_layers)) {
        result.layers.push_back(descriptor(item));
        const std::string& type = result.layers.back().media_type;
        if (std::find(types.begin(), types.end(), type) == types.end())
            throw malformed("a layer of the type " + printable(type.substr(0, 200)) +
                            ", which is no layer of files");
    }
    return result;
}

std::vector<DockerImage> read_docker_images(const std::string& text) {
    std::vector<DockerImage> images;
    try {
        for (const json::Value& item : json::parse(text, "").list()) {
            if (images.size() >= most_descriptors)
                throw malformed("it has too many images");
            DockerImage image{item.at("Config").text(), {}, item.at("Layers").texts()};
            if (const auto tags = item.find("RepoTags"))
                image.tags = tags->texts();
            if (image.layers.size() > most_layers)
                throw malformed("it has too many layers");
            images.push_back(std::move(image));
        }
    } catch (Error& error) {
        error.context("not the manifest.json of docker save");
        throw;
    }
    return images;
}

std::string platform_in_config(const std::string& text) {
    const json::Value document = parse(text, "a configuration");
    const std::string system = document.text_or("os", "");
    const std::string machine = document.text_or("architecture", "");
    const std::string variant = document.text_or("variant", "");
    if (system.empty() || machine.empty())
        return {};
    return system + "/" + machine + (variant.empty() ? "" : "/" + variant);
}

Config read_config(const std::string& text) {
    const json::Value document = parse(text, "a configuration");
    Config result;
    for (const json::Value& item : list(document.at("rootfs"), "diff_ids", most_layers))
        result.diff_ids.push_back(checked_digest(item.text()));
    const auto config = document.find("config");
    const Json run = config ? run_of(*config) : Json::object();
    result.run = run.empty() ? "" : run.dump(-1, ' ', false, Json::error_handler_t::replace);
    return result;
}

} // namespace selns::oci
