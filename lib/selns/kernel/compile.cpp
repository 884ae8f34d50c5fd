#include "selns/kernel/compile.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/bundle.hpp"

#include <algorithm>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

bool has_modules(const Config& config) {
    return std::any_of(config.begin(), config.end(),
                       [](const auto& symbol) { return symbol.second.value == "m"; });
}

void install_modules(Make& make, const fs::path& directory, const std::string& version) {
    make.run({"modules_install", "INSTALL_MOD_PATH=" + directory.string(), "INSTALL_MOD_STRIP=1"},
             "make modules_install failed");
    // Symlinks to the source, which is about to be removed.
    for (const char* name : {"build", "source"})
        fs::remove(directory / bundle_files::modules / version / name);
}

} // namespace

std::string build_stamp(std::optional<std::int64_t> epoch) {
    return utc_time(epoch.value_or(0));
}

void compile(const Recipe& recipe, const Config& wanted, const Origin& origin,
             const fs::path& directory, const fs::path& work, const CompileOptions& options,
             Manifest& manifest, const Context& context) {
    const fs::path source = work / "source";
    progress::Step unpacking(context.sink, "source", manifest.identity);
    prepare_source(recipe, origin, source, Part::everything, unpacking, context);
    unpacking.finish(manifest.identity);

    progress::Step step(context.sink, "compile", recipe.name);
    BuildLog log(options.log, options.steps, step);
    Make make(source, build_stamp(context.epoch), context.runner, log);
    step.detail("configuring");
    const Config config = configure(recipe, wanted, make);
    const fs::path image = make.ask("image_name");
    std::vector<std::string> targets = {"-j" + std::to_string(options.jobs),
                                        image.filename().string()};
    if (has_modules(config))
        targets.emplace_back("modules");
    make.run(targets, "the kernel could not be compiled");

    manifest.version = make.ask("kernelrelease");
    manifest.steps = log.steps();
    fs::copy_file(source / image, directory / bundle_files::vmlinuz);
    fs::copy_file(source / ".config", directory / bundle_files::config);
    if (has_modules(config))
        install_modules(make, directory, manifest.version);
    step.finish(manifest.version);
}

} // namespace selns::kernel
