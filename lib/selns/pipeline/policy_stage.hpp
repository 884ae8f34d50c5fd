#pragma once

#include "selns/container/container.hpp"
#include "selns/module/merge.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/pipeline/policy_work.hpp"
#include "selns/tree/tree.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace selns::pipeline {

// The policy part of one build: the base policy, what the logs ask for, the local module.
class PolicyStage {
  public:
    PolicyStage(const recipe::Recipe& recipe, const Context& context, tree::Timestamp mtime);

    // Brings ROOTFS's policy store to what the recipe asks for. At most two commits, both cached:
    // the base policy, when there are logs to be judged against it, and the final one.
    // With options.locked, logs that would change the local module are an Error.
    void run(tree::Tree& rootfs, const std::vector<std::filesystem::path>& logs,
             const Options& options);

    std::string backend_identity() const { return work_.backend_identity(); }
    // Afterwards:
    const std::optional<container::PolicyModule>& container_module() const {
        return container_module_;
    }
    const module::LocalModule& before() const { return before_; } // the recipe's
    const module::LocalModule& merged() const { return merged_; } // with the logs
    const std::optional<module::MergeResult>& denials() const { return denials_; }
    // SHA-256 of the base policy, when one was needed.
    const std::optional<std::string>& base_policy() const { return base_policy_; }

  private:
    void review(const tree::Tree& rootfs, const policy::Changes& changes);
    void judge(const tree::Tree& rootfs, const std::vector<std::filesystem::path>& logs);
    void refuse_changes() const;
    void refuse_policy_work(const std::vector<std::filesystem::path>& logs) const;
    policy::Module local_module(const tree::Tree& rootfs) const;

    const recipe::Recipe& recipe_;
    const Context& context_;
    tree::Timestamp mtime_;
    PolicyWork work_;
    std::optional<container::PolicyModule> container_module_;
    module::LocalModule before_;
    module::LocalModule merged_;
    std::optional<module::MergeResult> denials_;
    std::optional<std::string> base_policy_;
};

} // namespace selns::pipeline
