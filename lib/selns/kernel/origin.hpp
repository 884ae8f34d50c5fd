#pragma once

#include "selns/base/context.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/record.hpp"
#include "selns/cache/store.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace selns::kernel {

enum class Part {
    everything,
    configuration, // what `make olddefconfig` reads
};

// The source of a kernel that is compiled: known exactly before anything is fetched.
class Origin {
  public:
    virtual ~Origin() = default;
    // One line for people.
    virtual std::string identity() const = 0;
    // All that decides what unpack() gives.
    virtual cache::Inputs inputs() const = 0;
    // Fetches what is not in the cache, and puts the source into DIRECTORY, which is empty.
    virtual void unpack(const std::filesystem::path& directory, Part part,
                        progress::Step& step) const = 0;
};

// Asks whoever has the source what it is. A source that cannot be reached is a tool_failed Error
// with the recipe's place, a recipe of a packaged kernel a std::logic_error. REFRESH: package lists
// are fetched first. CONTEXT outlives what is returned.
std::unique_ptr<Origin> find_origin(const Recipe& recipe, bool refresh, progress::Step& step,
                                    const Context& context);

std::unique_ptr<Origin> git_origin(const GitSource& source, progress::Step& step,
                                   const Context& context);
std::unique_ptr<Origin> package_origin(const SourcePackage& source, bool refresh,
                                       progress::Step& step, const Context& context);
std::unique_ptr<Origin> directory_origin(const DirectorySource& source, progress::Step& step,
                                         const Context& context);

// Whether Part::configuration has the file PATH of a source tree.
bool is_for_configuration(std::string_view path);

} // namespace selns::kernel
