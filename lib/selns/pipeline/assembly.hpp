#pragma once

#include "selns/bootstrap/bootstrap.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/tree/tree.hpp"

#include <memory>

namespace selns::pipeline {

// The recipe's root file system, up to where policy work begins.
class Assembly {
  public:
    Assembly(const recipe::Recipe& recipe, const Context& context);
    Assembly(const Assembly&) = delete;
    Assembly& operator=(const Assembly&) = delete;

    // The recipe's `files`.
    const tree::Tree& overlay() const { return overlay_; }
    // Whether the archive is cached, and what decides about that.
    bootstrap::Status status() const;
    // Makes the archive, or takes it from the cache.
    void bootstrap(bool refresh);
    // The archive with the recipe's files and settings; after bootstrap().
    tree::Tree assemble();

    // After bootstrap().
    const bootstrap::Archive& archive() const { return archive_; }
    // After assemble(): what files made by the build are dated with.
    tree::Timestamp epoch() const { return epoch_; }
    // What the root's maker says of how it is run, as JSON; empty: nothing.
    std::string config() const { return job_->config(); }

  private:
    const recipe::Recipe& recipe_;
    const Context& context_;
    tree::Tree overlay_;
    bootstrap::Options options_;
    std::unique_ptr<bootstrap::Job> job_;
    bootstrap::Archive archive_;
    tree::Timestamp epoch_;
};

} // namespace selns::pipeline
