#include "selns/bootstrap/dnf_job.hpp"

#include <fmt/format.h>

namespace selns::bootstrap {

namespace {

constexpr const char* rocky_mirrors = "mirrorlist=https://mirrors.rockylinux.org/mirrorlist";

// NUMBER may be a minor release: "9", "9.4".
DnfRelease rocky(const std::string& number) {
    const std::string major = number.substr(0, number.find('.'));
    DnfRelease release;
    release.words = "Rocky Linux " + number;
    release.brand = "Rocky Linux";
    for (const char* name : {"BaseOS", "AppStream"})
        release.channels.push_back(
            {name == std::string("BaseOS") ? "baseos" : "appstream",
             fmt::format("$releasever/{}/$basearch/os/", name),
             fmt::format("{}?arch=$basearch&repo={}-$releasever", rocky_mirrors, name)});
    release.keys = {"RPM-GPG-KEY-Rocky-" + major};
    if (major == "8")
        release.keys.emplace_back("RPM-GPG-KEY-rockyofficial");
    release.key_folder = "rocky";
    release.database = major == "8" || major == "9" ? "/var/lib/rpm" : "/usr/lib/sysimage/rpm";
    release.platform = "platform:el" + major;
    release.release_package = "rocky-release";
    return release;
}

} // namespace

std::unique_ptr<Job> make_rocky_job(const recipe::Recipe& recipe, const Options& options,
                                    process::Runner& runner, const cache::Store& store) {
    return make_dnf_job(recipe, rocky(recipe.from.release().name), options, runner, store);
}

} // namespace selns::bootstrap
