#pragma once

#include "selns/bootstrap/bootstrap.hpp"
#include "selns/cache/record.hpp"
#include "selns/container/container.hpp"
#include "selns/policy/backend.hpp"
#include "selns/policy/changes.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/tree/tree.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// A file that the recipe names, as it is now.
struct InputFile {
    std::filesystem::path path;
    std::string sha256;
};

// The logs that the recipe's patterns match, sorted, each once. A pattern without wildcards that
// names nothing is an invalid_input Error at its place.
std::vector<std::filesystem::path> log_files(const recipe::Recipe& recipe);
// The same of one pattern.
std::vector<std::filesystem::path> log_files(const recipe::Located<std::string>& pattern);
// Those with wildcards that match nothing.
std::vector<std::string> patterns_without_logs(const recipe::Recipe& recipe);

// Every single file that a build of RECIPE reads: modules, logs, local packages, keys. (`files`
// are hashed as a tree, since they may be whole directories.)
std::vector<InputFile> input_files(const recipe::Recipe& recipe,
                                   const std::vector<std::filesystem::path>& logs);

// What an image that is launched as a container needs, from ROOTFS's file contexts as they are
// before the recipe's are added.
std::optional<container::PolicyModule> container_module(const recipe::Recipe& recipe,
                                                        const tree::Tree& rootfs);

// The recipe's part of a policy commit: modules, booleans and file contexts, and CONTAINER, which
// is container_module(). Two modules of one name are an invalid_input Error.
policy::Changes base_changes(const recipe::Recipe& recipe,
                             const std::optional<container::PolicyModule>& container);

// Whether RECIPE lets the image's own policy tools run.
policy::ToolsFrom tools_of(const recipe::Recipe& recipe);

// The local module's name in the store: its file's stem, or selinuxns.
std::string local_module_name(const recipe::Recipe& recipe);

// What RECIPE says about its base policy, but for the content of its modules.
cache::Inputs policy_values(const recipe::Recipe& recipe);

// All that decides about RECIPE's base policy: the program, ARCHIVE, the recipe's `files`, which
// are OVERLAY, and what it says.
cache::Inputs base_policy_inputs(const recipe::Recipe& recipe, const tree::Tree& overlay,
                                 const bootstrap::Archive& archive);

// All that RECIPE says, defaults included, as names and values.
cache::Inputs recipe_values(const recipe::Recipe& recipe);

} // namespace selns::pipeline
