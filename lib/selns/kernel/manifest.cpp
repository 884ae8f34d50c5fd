#include "selns/kernel/manifest.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/json/json.hpp"
#include "selns/kernel/bundle.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace selns::kernel {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int schema_version = 1;

Json named(const cache::Inputs& inputs) {
    Json json = Json::object();
    for (const auto& [name, value] : inputs)
        json[printable(name)] = printable(value);
    return json;
}

Json hashes_of(const std::vector<TextFile>& files) {
    Json list = Json::array();
    for (const TextFile& file : files)
        list.push_back({{"name", printable(fs::path(file.name).filename().string())},
                        {"sha256", sha256(file.text)}});
    return list;
}

Json file_json(const fs::path& file) {
    return {{"size", fs::file_size(file)}, {"sha256", sha256_file(file)}};
}

// One hash for all modules and their indices: a bundle may have thousands.
Json modules_json(const fs::path& directory) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && !entry.is_symlink())
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    Fingerprint all("modules");
    for (const fs::path& file : files)
        all.add(file.lexically_relative(directory).string()).add(sha256_file(file));
    return {{"files", files.size()}, {"digest", all.hex()}};
}

} // namespace

void write_manifest(const fs::path& directory, const Recipe& recipe, const Manifest& manifest) {
    Json json;
    json["schema"] = schema_version;
    json["name"] = recipe.name;
    json["about"] = printable(recipe.about);
    json["version"] = manifest.version;
    json["source"] = {{"identity", printable(manifest.identity)}};
    json["source"].update(named(manifest.source));
    if (is_compiled(recipe)) {
        json["base"] = printable(recipe.base_file ? sha256(recipe.base_file->text) : recipe.base);
        json["patches"] = hashes_of(recipe.patches);
        json["fragments"] = hashes_of(recipe.fragments);
        json["steps"] = manifest.steps;
    }
    json["provides"] = recipe.provides;
    json["toolchain"] = named(manifest.toolchain);
    json["files"] = {{bundle_files::vmlinuz, file_json(directory / bundle_files::vmlinuz)},
                     {bundle_files::config, file_json(directory / bundle_files::config)}};
    if (const fs::path modules = directory / bundle_files::modules; fs::exists(modules))
        json["modules"] = modules_json(modules);
    write_file(directory / bundle_files::manifest, json.dump(2) + "\n");
}

std::uint64_t steps_in(const fs::path& directory) {
    try {
        const fs::path file = directory / bundle_files::manifest;
        const auto manifest =
            json::parse(read_file(file, bundle_files::manifest_limit), file.string());
        const auto steps = manifest.find("steps");
        return steps ? steps->number() : 0;
    } catch (const Error&) {
        return 0;
    }
}

} // namespace selns::kernel
