#include "selns/kernel/origin.hpp"

#include "selns/base/error.hpp"

#include <stdexcept>

namespace selns::kernel {

bool is_for_configuration(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (name.starts_with("Kconfig") || path == "Makefile" || path == "Kbuild")
        return true;
    // Makefiles and scripts that probe the compiler, and the architectures' own configurations.
    if (path.starts_with("scripts/") || path.starts_with("tools/scripts/"))
        return true;
    return path.starts_with("arch/") &&
           (name == "Makefile" || path.find("/configs/") != std::string_view::npos ||
            path.find("/scripts/") != std::string_view::npos || name.starts_with("Makefile"));
}

namespace {

std::unique_ptr<Origin> origin_of(const Source& source, bool refresh, progress::Step& step,
                                  const Context& context) {
    if (const auto* git = std::get_if<GitSource>(&source))
        return git_origin(*git, step, context);
    if (const auto* package = std::get_if<SourcePackage>(&source))
        return package_origin(*package, refresh, step, context);
    if (const auto* directory = std::get_if<DirectorySource>(&source))
        return directory_origin(*directory, step, context);
    throw std::logic_error("a packaged kernel has no source");
}

} // namespace

std::unique_ptr<Origin> find_origin(const Recipe& recipe, bool refresh, progress::Step& step,
                                    const Context& context) {
    try {
        return origin_of(recipe.source, refresh, step, context);
    } catch (Error& error) {
        throw error.at(recipe.source_at);
    }
}

} // namespace selns::kernel
