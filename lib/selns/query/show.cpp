#include "selns/query/show.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/json/json.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/policy/android.hpp"
#include "selns/query/output_directory.hpp"
#include "selns/query/read_image.hpp"

namespace selns::query {

namespace {

constexpr std::string_view manifest_suffix = ".manifest.json";
constexpr std::uint64_t manifest_limit = 64U << 20U;

std::filesystem::path manifest_in(const std::filesystem::path& directory) {
    const auto found = manifests_in(directory);
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
    require_manifest(text, file.string());
    return text;
}

std::string describe_image(const std::filesystem::path& file, const cache::Store* store) {
    const tree::Tree rootfs = read_image(file, store);
    auto config = policy::read_config(rootfs);
    if (!config && policy::is_android(rootfs))
        config = policy::Config{policy::android_type, "enforcing"};
    if (!config)
        throw Error(ErrorKind::invalid_input,
                    "the image names no SELinux policy in /etc/selinux/config")
            .at({file.string()});
    const policy::Place place = policy::find_policy(rootfs, config->type);
    const auto db = selinux::PolicyDb::read(rootfs.read(place.policy).value_or(""), place.policy);
    pipeline::ImageFacts facts = pipeline::image_facts(rootfs, place, config->mode, db);
    facts.name = file.stem().string();
    return pipeline::image_manifest(facts);
}

} // namespace

void require_manifest(const std::string& text, const std::string& file) {
    // Large images have some ten thousand packages and labels.
    const json::Limits limits{.bytes = manifest_limit, .values = 2'000'000};
    try {
        const json::Value manifest = json::parse(text, file, limits);
        const json::Value schema = manifest.at("schema");
        if (schema.number() > 1)
            throw Error(ErrorKind::invalid_input, "it is of a newer selns-build")
                .at({file})
                .hint("use a selns-build that is as new as the one that made it");
        if (schema.number() != 1)
            schema.refuse("1, the form that this selns-build knows");
        if (const auto packages = manifest.find("packages"))
            packages->list();
    } catch (Error& error) {
        if (error.hint().empty())
            error.hint("it is no manifest of selns-build's");
        throw;
    }
}

std::string describe(const std::filesystem::path& what, const cache::Store* store) {
    if (std::filesystem::is_directory(what))
        return read_manifest(manifest_in(what));
    if (what.filename().string().ends_with(manifest_suffix))
        return read_manifest(what);
    return describe_image(what, store);
}

} // namespace selns::query
