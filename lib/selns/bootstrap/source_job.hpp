#pragma once

#include "selns/bootstrap/distribution.hpp"

#include <memory>
#include <string>

namespace selns::bootstrap {

// A root file system that exists already: in an archive, an image, a directory.
class RootSource {
  public:
    virtual ~RootSource() = default;
    // What decides about it.
    virtual cache::Inputs inputs() const = 0;
    // All of it, checked: it comes from others.
    virtual tree::Tree read(const Work& work) const = 0;
    // What its maker says of how it is run, as JSON; empty: nothing.
    virtual std::string config() const { return {}; }
};

// The job that takes ROOT as it is or, when the recipe has packages or commands, changes it: with
// the root's own package manager, in the namespaces and with the mounts that mmdebstrap makes.
std::unique_ptr<Job> make_source_job(const recipe::Recipe& recipe, const Options& options,
                                     std::unique_ptr<RootSource> root);

} // namespace selns::bootstrap
