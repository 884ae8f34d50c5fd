#include "selns/pipeline/boot_subject.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/image/image.hpp"
#include "selns/kernel/build.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/pipeline/manifest.hpp"

#include <algorithm>
#include <optional>

namespace selns::pipeline {

namespace {

constexpr std::uint64_t launch_limit = 16U << 20U;
constexpr const char* suffix = ".launch.json";

std::filesystem::path launch_file_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.path().filename().string().ends_with(suffix))
            found.push_back(entry.path());
    if (found.size() != 1)
        throw Error(ErrorKind::invalid_input,
                    found.empty() ? "no launch.json in it: it is no output directory of a build"
                                  : "more than one launch.json in it: name the image instead")
            .at({directory.string()});
    return found.front();
}

// What a launch.json of others names must not be a link to something else.
void require_no_link(const std::filesystem::path& file) {
    std::error_code ignored;
    if (std::filesystem::is_symlink(file, ignored))
        throw Error(ErrorKind::invalid_input, "a symbolic link, which may lead anywhere")
            .at({file.string()})
            .hint("name the image that it leads to");
}

void read_launch_file(const std::filesystem::path& file, BootSubject& subject) {
    subject.launch_json = read_file(file, launch_limit);
    subject.launch = launch::parse_launch(subject.launch_json, file.string());
}

void read_directory(const std::filesystem::path& directory, BootSubject& subject) {
    const auto file = launch_file_in(directory);
    read_launch_file(file, subject);
    const launch::ImageFile* disk = launch::disk_image(subject.launch);
    if (disk == nullptr) {
        const std::string wanted(image::bootable_format().name);
        throw Error(ErrorKind::invalid_input,
                    "the build made no " + wanted + " image, which a boot needs")
            .at({file.string()})
            .hint("add " + wanted + " to the recipe's images");
    }
    subject.image = directory / disk->file;
    subject.file_system = disk->format;
    require_no_link(subject.image);
}

void read_image(const std::filesystem::path& image, BootSubject& subject) {
    const image::Format* format = image::detect(image);
    if (format == nullptr || !format->boots())
        throw Error(ErrorKind::invalid_input, "expected an " +
                                                  std::string(image::bootable_format().name) +
                                                  " image or an output directory")
            .at({image.string()});
    subject.image = image;
    subject.file_system = format->name;
    const auto beside = image.parent_path() / (image.stem().string() + suffix);
    std::error_code ignored;
    if (std::filesystem::exists(beside, ignored)) {
        read_launch_file(beside, subject);
        return;
    }
    const recipe::Launch defaults;
    subject.launch.name = image.stem().string();
    subject.launch.kernel = defaults.kernel;
    subject.launch.memory = defaults.memory;
    subject.launch.cpus = defaults.cpus;
}

// What launch.json names beside the image.
std::optional<kernel::Bundle> bundle_beside(const BootSubject& subject) {
    if (subject.launch.bundle.empty())
        return std::nullopt;
    const auto directory = subject.image.parent_path() / subject.launch.bundle;
    require_no_link(directory);
    if (!std::filesystem::is_directory(directory))
        return std::nullopt;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        require_no_link(entry.path());
    if (!kernel::is_bundle(directory))
        return std::nullopt;
    return kernel::open_bundle(directory);
}

} // namespace

std::filesystem::path recipe_of(const BootSubject& subject) {
    namespace fs = std::filesystem;
    const fs::path manifest = subject.image.parent_path() / (subject.launch.name + manifest_suffix);
    std::error_code ignored;
    if (!fs::is_regular_file(fs::symlink_status(manifest, ignored)))
        return {};
    try {
        const auto recipe = read_manifest(manifest).value.find("recipe");
        if (!recipe)
            return {};
        const std::string name = recipe->at("file").file_name();
        for (const char* below : {".", "recipes"})
            if (fs::exists(fs::path(below) / name, ignored))
                return (fs::path(below) / name).lexically_normal();
        constexpr int highest = 4; // build/web/web.ext4 in a directory of recipes, mostly
        fs::path above = subject.image.parent_path();
        for (int i = 0; i < highest; ++i, above = above.parent_path())
            if (fs::exists(above / name, ignored))
                return above / name;
        return name;
    } catch (const Error&) {
        return {}; // it may be anybody's file
    }
}

std::vector<std::string> built_kernels(const Context& context) {
    std::vector<std::string> built;
    for (const kernel::Recipe& shipped : kernel::shipped_recipes())
        if (kernel::find_bundle(context.cache, shipped.name))
            built.push_back(shipped.name);
    return built;
}

kernel::Bundle find_kernel(const std::string& name, const Context& context) {
    if (kernel::is_bundle(name))
        return kernel::open_bundle(name);
    if (auto bundle = kernel::find_bundle(context.cache, name))
        return *std::move(bundle);
    const auto built = built_kernels(context);
    throw Error(ErrorKind::failed, "the kernel " + name + " has not been built")
        .hint(process::display({"selns-build", "kernel", "build", name}) + "\n" +
              (built.empty()
                   ? "or boot another one: --kernel NAME; `selns-build kernel list` shows them"
                   : "or boot one that is there: --kernel " + join(built, " or --kernel ")));
}

BootSubject find_subject(const std::filesystem::path& what, const std::string& kernel,
                         const Context& context) {
    BootSubject subject;
    const auto path = std::filesystem::absolute(what);
    if (std::filesystem::is_directory(path))
        read_directory(path, subject);
    else
        read_image(path, subject);
    open_read(subject.image); // tells what is wrong with it
    auto beside = kernel.empty() ? bundle_beside(subject) : std::nullopt;
    subject.kernel = beside ? *std::move(beside)
                            : find_kernel(kernel.empty() ? subject.launch.kernel : kernel, context);
    return subject;
}

} // namespace selns::pipeline
