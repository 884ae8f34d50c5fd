#pragma once

#include "selns/bootstrap/bootstrap.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace selns::pipeline {

// When a recipe is checked (see preflight()) before its root is had: always when more is made of
// it, for a question only when the root is not in the cache.
enum class Checks : std::uint8_t { always, when_made };

// Where the recipe's root file system comes from.
class RootSource {
  public:
    // Both outlive it.
    RootSource(const recipe::Recipe& recipe, const Context& context);
    RootSource(const RootSource&) = delete;
    RootSource& operator=(const RootSource&) = delete;

    // The recipe's `files`.
    const tree::Tree& overlay() const { return overlay_; }
    // Whether the archive is cached, and what decides about that.
    bootstrap::Status status() const;
    // Makes the archive, or takes it from the cache. What is wrong with the recipe, and that there
    // is no room, is told before anything is made. REFRESH: see bootstrap::bootstrap().
    bootstrap::Archive archive(bool refresh, Checks checks) const;
    // What the root's maker says of how it is run, as JSON; empty: nothing.
    std::string config() const { return job_->config(); }

  private:
    const recipe::Recipe& recipe_;
    const Context& context_;
    tree::Tree overlay_;
    bootstrap::Options options_;
    std::unique_ptr<bootstrap::Job> job_;
};

struct Root {
    tree::Tree tree;
    tree::Timestamp epoch; // what files made by the build are dated with
};

// ARCHIVE with the recipe's files, its settings, and the policy that selinux.policy_from names: all
// but policy work.
Root assemble(const recipe::Recipe& recipe, const bootstrap::Archive& archive,
              const Context& context);
// The same as a step that is shown.
Root read_root(const recipe::Recipe& recipe, const bootstrap::Archive& archive,
               const Context& context);

} // namespace selns::pipeline
