#include "selns/query/output_directory.hpp"

#include "selns/base/text.hpp"
#include "selns/image/format.hpp"
#include "selns/pipeline/manifest.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace selns::query {

std::vector<std::filesystem::path> manifests_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored))
        if (entry.path().filename().string().ends_with(pipeline::manifest_suffix))
            found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

std::vector<std::filesystem::path> images_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> found;
    std::error_code ignored;
    for (const auto& manifest : manifests_in(directory)) {
        std::string name = manifest.filename().string();
        name.resize(name.size() - std::string_view(pipeline::manifest_suffix).size());
        for (const image::Format* format : image::formats())
            if (auto file = directory / (name + "." + std::string(format->name));
                std::filesystem::exists(file, ignored))
                found.push_back(std::move(file));
    }
    return found;
}

Error no_policy_in(const std::filesystem::path& what) {
    const auto images = images_in(what);
    if (images.empty())
        return Error(ErrorKind::invalid_input, "it names no SELinux policy in /etc/selinux/config")
            .at({printable(what.string())});
    std::vector<std::string> names;
    for (const auto& image : images)
        names.push_back(printable(image.string()));
    return Error(ErrorKind::invalid_input, "a build's output directory, and no root file system")
        .at({printable(what.string())})
        .hint("name an image in it: " + either(names));
}

} // namespace selns::query
