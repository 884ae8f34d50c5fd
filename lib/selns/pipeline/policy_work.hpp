#pragma once

#include "selns/pipeline/pipeline.hpp"
#include "selns/policy/backend.hpp"
#include "selns/tree/tree.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace selns::pipeline {

constexpr const char* neverallow_name = "neverallow.cil"; // the file of a cache entry

// Policy work for one image, with its results kept in the cache.
class PolicyWork {
  public:
    // TYPE: SELINUXTYPE. OWNER: the recipe's or image's name, for the cache's listing.
    PolicyWork(const Context& context, std::string type, std::string owner,
               policy::ToolsFrom tools);

    // Commits CHANGES to ROOTFS's policy store. New files get MTIME.
    void commit(tree::Tree& rootfs, const policy::Changes& changes, const std::string& what,
                tree::Timestamp mtime);

    // See prepare_modules(); add() and make_base() do it themselves.
    void prepare(const tree::Tree& rootfs, std::vector<policy::Module>& modules) const;

    // Adds MODULES: without a compilation where they are plain rules and that is the same, else by
    // a commit. Which it is depends on them and the policy alone.
    void add(tree::Tree& rootfs, std::vector<policy::Module> modules, const std::string& what,
             tree::Timestamp mtime);

    // What a recipe's denials are judged against: CHANGES, of which plain rules are added to a
    // commit of the others. Returns the neverallow rules of it when they are WANTED.
    std::string make_base(tree::Tree& rootfs, policy::Changes changes, const std::string& what,
                          tree::Timestamp mtime, bool wanted);

    // The neverallow rules of ROOTFS's policy store, as text for policy::Neverallows::parse().
    std::string neverallows(const tree::Tree& rootfs);

    const std::string& type() const { return type_; }
    // Empty when there was nothing to do.
    std::string backend_identity() const { return backend_ ? backend_->identity() : ""; }

  private:
    policy::Backend& backend(const tree::Tree& rootfs, const policy::Place& place);
    // A fault of the image's policy is told where it came from.
    void at_its_place(const std::function<void()>& work) const;

    const Context& context_;
    std::string type_;
    std::string owner_;
    policy::ToolsFrom tools_;
    std::unique_ptr<policy::Backend> backend_;
};

} // namespace selns::pipeline
