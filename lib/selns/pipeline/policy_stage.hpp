#pragma once

#include "selns/container/container.hpp"
#include "selns/module/merge.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// What the policy part of a build came to.
struct PolicyResult {
    std::optional<container::PolicyModule> container_module;
    module::LocalModule before;                 // the recipe's
    module::LocalModule merged;                 // with what the logs ask for
    std::optional<module::MergeResult> denials; // when there are logs
    std::optional<std::string> base_sha256;     // of the base policy, when one was needed
    std::string backend;                        // who committed; empty: there was nothing to do

    bool changes_module() const { return !merged.same_statements(before); }
};

// Brings ROOTFS's policy store to what RECIPE, with its policy's type, asks for; new files get
// MTIME. Commits are cached: the base policy, and the local module where that is more than rules
// (see PolicyWork::add()). With options.locked, logs that would change the local module are
// an Error.
PolicyResult make_policy(tree::Tree& rootfs, const recipe::Recipe& recipe,
                         const std::vector<std::filesystem::path>& logs, const Options& options,
                         tree::Timestamp mtime, const Context& context);

} // namespace selns::pipeline
