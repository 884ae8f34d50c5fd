#include "selns/bootstrap/dnf_job.hpp"

#include <fmt/format.h>

namespace selns::bootstrap {

namespace {

constexpr const char* fedora_mirrors = "metalink=https://mirrors.fedoraproject.org/metalink?repo=";

DnfRelease fedora(const std::string& number) {
    DnfRelease release;
    release.words = "Fedora " + number;
    release.brand = "Fedora";
    const bool rawhide = number == "rawhide";
    const auto index = [](const std::string& name) {
        return fedora_mirrors + name + "&arch=$basearch";
    };
    if (rawhide)
        release.channels = {
            {"rawhide", "development/rawhide/Everything/$basearch/os/", index("rawhide")}};
    else
        release.channels = {{"fedora", "releases/$releasever/Everything/$basearch/os/",
                             index("fedora-$releasever")},
                            {"updates", "updates/$releasever/Everything/$basearch/",
                             index("updates-released-f$releasever")}};
    release.keys = {fmt::format("RPM-GPG-KEY-fedora-{}-primary", number)};
    release.key_folder = "fedora";
    release.database = "/usr/lib/sysimage/rpm";
    release.platform = "platform:f" + number;
    release.release_package = "fedora-release";
    return release;
}

} // namespace

std::unique_ptr<Job> make_fedora_job(const recipe::Recipe& recipe, const Options& options,
                                     process::Runner& runner, const cache::Store& store) {
    return make_dnf_job(recipe, fedora(recipe.from.release().name), options, runner, store);
}

} // namespace selns::bootstrap
