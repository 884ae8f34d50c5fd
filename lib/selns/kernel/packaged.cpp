#include "selns/archive/deb.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/bundle.hpp"
#include "selns/kernel/compile.hpp"
#include "selns/kernel/said.hpp"
#include "selns/kernel/unpack.hpp"

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view image_prefix = "boot/vmlinuz-";
constexpr std::string_view config_prefix = "boot/config-";
constexpr std::string_view modules_prefix = "lib/modules/";

// Where a file of the package goes in a bundle. The first kernel image tells VERSION.
std::optional<std::string> place_of(std::string_view path, std::string& version) {
    if (path.starts_with(image_prefix)) {
        version = path.substr(image_prefix.size());
        if (version.find('/') != std::string::npos)
            throw Error(ErrorKind::invalid_input,
                        "entry " + printable(path) + ": its name is no kernel version");
        return bundle_files::vmlinuz;
    }
    if (path.starts_with(config_prefix))
        return bundle_files::config;
    if (path.starts_with("usr/"))
        path.remove_prefix(4);
    return path.starts_with(modules_prefix) ? std::optional(std::string(path)) : std::nullopt;
}

void require(const fs::path& file, const fs::path& deb, const char* what) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
        throw Error(ErrorKind::invalid_input, std::string("the package has no ") + what)
            .at({deb.string()});
}

// depmod looks below lib/modules or usr/lib/modules, as it was built.
void list_dependencies(const fs::path& directory, const std::string& version, const fs::path& work,
                       const Context& context) {
    fs::create_directories(work / "root/usr");
    fs::create_directory_symlink(directory / "lib", work / "root/lib");
    fs::create_directory_symlink(directory / "lib", work / "root/usr/lib");
    process::Command depmod;
    depmod.argv = {"depmod", "-b", (work / "root").string(), version};
    depmod.package = "kmod";
    const process::Result result = context.runner.run(depmod);
    std::error_code ignored;
    if (!result.ok() ||
        !fs::is_regular_file(directory / bundle_files::modules / version / "modules.dep", ignored))
        throw Error(ErrorKind::tool_failed, "depmod could not list the modules' dependencies")
            .hint(said(result.error_tail));
}

} // namespace

void unpack_packaged(const fs::path& deb, const fs::path& directory, const fs::path& work,
                     Manifest& manifest, const Context& context) {
    fs::create_directories(work);
    archive::Reader reader(archive::deb_content(open_read(deb), deb.string(), work), deb.string());
    unpack(
        reader, directory,
        [&](const std::string& path) { return place_of(path, manifest.version); },
        Symlinks::left_out); // the modules' lead to sources, which are not here
    require(directory / bundle_files::vmlinuz, deb, "/boot/vmlinuz-VERSION");
    require(directory / bundle_files::config, deb, "/boot/config-VERSION");
    if (fs::exists(directory / bundle_files::modules))
        list_dependencies(directory, manifest.version, work, context);
}

} // namespace selns::kernel
