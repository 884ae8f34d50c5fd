#include "selns/query/show.hpp"

#include "selns/base/error.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/policy/android.hpp"
#include "selns/query/output_directory.hpp"
#include "selns/query/read_image.hpp"

namespace selns::query {

namespace {

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

std::string describe_image(const std::filesystem::path& file, const cache::Store* store) {
    const tree::Tree rootfs = read_image(file, store);
    auto config = policy::read_config(rootfs);
    if (!config && policy::is_android(rootfs))
        config = policy::Config{policy::android_type, "enforcing"};
    if (!config)
        throw no_policy_in(file);
    const policy::Place place = policy::find_policy(rootfs, config->type);
    const auto db = selinux::PolicyDb::read(rootfs.read(place.policy).value_or(""), place.policy);
    pipeline::ImageFacts facts = pipeline::image_facts(rootfs, place, config->mode, db);
    facts.name = file.stem().string();
    return pipeline::image_manifest(facts);
}

} // namespace

std::string describe(const std::filesystem::path& what, const cache::Store* store) {
    if (std::filesystem::is_directory(what))
        return pipeline::read_manifest(manifest_in(what)).text;
    if (what.filename().string().ends_with(pipeline::manifest_suffix))
        return pipeline::read_manifest(what).text;
    return describe_image(what, store);
}

} // namespace selns::query
