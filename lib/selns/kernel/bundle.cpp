#include "selns/kernel/bundle.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/json/json.hpp"

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_limit = 200; // of a release or a name

Error unusable(const fs::path& file, const std::string& message) {
    return Error(ErrorKind::invalid_input, message)
        .at({printable(file.string())})
        .hint("a kernel bundle is what `selns-build kernel build` leaves");
}

// A name that is one component of a path.
bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= name_limit && text.front() != '.' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._+~-") == std::string::npos;
}

fs::path present(const fs::path& file) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
        throw unusable(file, "this file of the kernel bundle is missing");
    return file;
}

std::string name_of(const json::Value& manifest, const char* key, const fs::path& file) {
    std::string text = manifest.text_or(key, "");
    if (!is_name(text))
        throw unusable(file, std::string("expected \"") + key +
                                 "\" to be a name without slashes, got \"" +
                                 printable(text.substr(0, name_limit)) + "\"");
    return text;
}

json::Value read_manifest(const fs::path& file) {
    return json::parse(read_file(file, bundle_files::manifest_limit), file.string());
}

std::optional<fs::path> modules_of(const Bundle& bundle) {
    const fs::path all = bundle.directory / bundle_files::modules;
    std::error_code ignored;
    if (!fs::exists(all, ignored))
        return std::nullopt;
    const fs::path directory = all / bundle.version;
    if (!fs::is_directory(directory, ignored))
        throw unusable(directory, "there are modules, but none of this kernel");
    present(directory / "modules.dep");
    present(directory / "modules.builtin");
    return directory;
}

} // namespace

Bundle open_bundle(const fs::path& directory) {
    Bundle bundle;
    bundle.directory = fs::absolute(directory).lexically_normal();
    std::error_code ignored;
    if (!fs::is_directory(bundle.directory, ignored))
        throw unusable(directory, "no such directory");
    const fs::path manifest_file = present(bundle.directory / bundle_files::manifest);
    const json::Value manifest = read_manifest(manifest_file);
    bundle.name = name_of(manifest, "name", manifest_file);
    bundle.version = name_of(manifest, "version", manifest_file);
    if (const auto source = manifest.find("source"))
        bundle.source = printable(source->text_or("identity", ""));
    bundle.vmlinuz = present(bundle.directory / bundle_files::vmlinuz);
    bundle.config = present(bundle.directory / bundle_files::config);
    bundle.modules = modules_of(bundle);
    return bundle;
}

bool is_bundle(const fs::path& directory) {
    std::error_code ignored;
    return fs::is_regular_file(directory / bundle_files::vmlinuz, ignored) &&
           fs::is_regular_file(directory / bundle_files::manifest, ignored);
}

} // namespace selns::kernel
