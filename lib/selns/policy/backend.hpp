#pragma once

#include "selns/base/error.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/record.hpp"
#include "selns/policy/changes.hpp"
#include "selns/policy/place.hpp"
#include "selns/progress/progress.hpp"
#include "selns/tree/tree.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace selns::policy {

// Does policy work on a root file system. Two kinds stand behind this interface: this host's
// libsemanage, and the image's own tools for images that are newer than the host.
class Backend {
  public:
    virtual ~Backend() = default;
    // What stands for this backend in a cache key: its libraries, by content.
    virtual std::string identity() const = 0;
    // Whose tools they are, for a person: "this host's libsepol".
    virtual std::string name() const = 0;
    // Commits CHANGES to the store at PLACE and writes the new content of PLACE.config and
    // PLACE.store as a pax tar to OUTPUT, for take_over(). ROOTFS is only read; its users
    // (/etc/passwd and so on) decide about home directories. What is wrong with CHANGES is an
    // invalid_input Error with the place in the recipe or module.
    virtual void commit(const tree::Tree& rootfs, const Place& place, const Changes& changes,
                        const std::filesystem::path& output, progress::Step& step) = 0;
    // Writes the neverallow rules of the store at PLACE, as Neverallows::parse() reads them, to
    // OUTPUT. They take a second or two to gather and change only with the store: keep them.
    virtual void gather_neverallows(const tree::Tree& rootfs, const Place& place,
                                    const std::filesystem::path& output, progress::Step& step) = 0;
};

// This host's libsemanage and libsepol, in a sandbox that holds nothing but the policy's files.
// INTERRUPT must outlive either.
std::unique_ptr<Backend> host_backend(const Interrupt& interrupt);
// The image's own semodule, in the same sandbox with its libraries. Null when ROOTFS has none.
std::unique_ptr<Backend> image_backend(const tree::Tree& rootfs, const Interrupt& interrupt);
// Where an image's policy came from, whether that image's own policy tools may run, and whom to ask
// when not: programs of a root that came from elsewhere need its user's word.
struct ToolsFrom {
    bool allowed = false;
    Location at = {};      // for errors
    std::string hint = {}; // what the user can do
};

// The one for the policy of ROOTFS at PLACE: the host's, unless the policy has a newer version than
// that writes. An Error when it then has no semodule, or TOOLS does not allow it.
std::unique_ptr<Backend> backend_for(const tree::Tree& rootfs, const Place& place,
                                     const ToolsFrom& tools, const Interrupt& interrupt);

// A module package (.pp) as CIL, by this host's libsepol in a sandbox. NAME stands for it in errors
// (invalid_input).
std::string package_to_cil(std::string_view package, const std::string& name,
                           const Interrupt& interrupt);

// Everything that goes into a commit, for its cache key and for `plan`: hashes of the policy's
// files and of those that decide about home directories, the changes, the backend.
cache::Inputs commit_inputs(const tree::Tree& rootfs, const Place& place, const Changes& changes,
                            const Backend& backend);

// The same for Backend::gather_neverallows().
cache::Inputs neverallow_inputs(const tree::Tree& rootfs, const Place& place,
                                const Backend& backend);

// Puts the result of a commit in the place of ROOTFS's own files. Files that did not change keep
// their inode; new and changed ones get MTIME and belong to root. Compiled file contexts (.bin)
// are dropped: their texts may be newer now, and libselinux prefers the text only then.
void take_over(tree::Tree& rootfs, const Place& place, const std::filesystem::path& result,
               tree::Timestamp mtime);

} // namespace selns::policy
