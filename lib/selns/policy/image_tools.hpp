#pragma once

#include "selns/policy/changes.hpp"
#include "selns/policy/place.hpp"
#include "selns/sandbox/worker.hpp"
#include "selns/tree/tree.hpp"

#include <optional>
#include <string>

namespace selns::policy {

// An image's own semodule with the loader and the libraries that it needs, for policies that this
// host's libraries are too old for. Only ever executed in the sandbox.
class ImageTools {
  public:
    // Nothing when ROOTFS has no semodule, or lacks the loader.
    static std::optional<ImageTools> find(const tree::Tree& rootfs);

    // What stands for them in a cache key: their contents.
    std::string identity() const;
    // Puts them where commit() takes them from.
    void put_into(tree::Tree& staged) const;

    // Commits CHANGES, whose modules are CIL, to the store of this process's root: the sandbox's,
    // with put_into()'s files. IMAGE_CONF is the image's semanage.conf. What runs has no descriptor
    // of the sandbox's and sees no process but its own. A failure is an Error with semodule's words
    // as its hint.
    static void commit(const Place& place, const Changes& changes, const std::string& image_conf,
                       sandbox::Inside& inside);

  private:
    tree::Tree files_;
};

} // namespace selns::policy
