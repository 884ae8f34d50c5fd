#include "selns/pipeline/show.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/image.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/policy/android.hpp"

#include <nlohmann/json.hpp>

namespace selns::pipeline {

namespace {

constexpr std::string_view manifest_suffix = ".manifest.json";
constexpr std::uint64_t manifest_limit = 64U << 20U;

std::filesystem::path manifest_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.path().filename().string().ends_with(manifest_suffix))
            found.push_back(entry.path());
    if (found.empty())
        throw Error(ErrorKind::invalid_input,
                    directory.string() + " holds no manifest: it is not the output of a build")
            .hint("name the output directory of `selns-build build`, or a tar or ext4 image");
    if (found.size() > 1)
        throw Error(ErrorKind::invalid_input,
                    directory.string() + " holds several manifests; name one of them");
    return found.front();
}

std::string read_manifest(const std::filesystem::path& file) {
    std::string text = read_file(file, manifest_limit);
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("schema", 0) != 1 || !json.contains("packages"))
        throw Error(ErrorKind::invalid_input, "not a manifest of selns-build").at({file.string()});
    return text;
}

std::string describe_image(const std::filesystem::path& file) {
    const tree::Tree rootfs = image::read(file);
    auto config = policy::read_config(rootfs);
    if (!config && policy::is_android(rootfs))
        config = policy::Config{policy::android_type, "enforcing"};
    if (!config)
        throw Error(ErrorKind::invalid_input,
                    "the image names no SELinux policy in /etc/selinux/config")
            .at({file.string()});
    const policy::Place place = policy::find_policy(rootfs, config->type);
    const auto db = selinux::PolicyDb::read(rootfs.read(place.policy).value_or(""), place.policy);
    ImageFacts facts = image_facts(rootfs, place, config->mode, db);
    facts.name = file.stem().string();
    return image_manifest(facts);
}

} // namespace

std::string describe(const std::filesystem::path& what) {
    if (std::filesystem::is_directory(what))
        return read_manifest(manifest_in(what));
    if (what.filename().string().ends_with(manifest_suffix))
        return read_manifest(what);
    return describe_image(what);
}

} // namespace selns::pipeline
