#pragma once

#include "selns/tree/tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace selns::policy {

// Where a root file system keeps one policy. Paths are real ones of the tree: no component is a
// symlink, so that what is replaced there is what the image's own tools will read.
struct Place {
    std::string type;     // SELINUXTYPE
    std::string config;   // SELINUX/TYPE, of selinux_directory()
    std::string store;    // /var/lib/selinux/TYPE, or below the store-root of semanage.conf
    std::string contexts; // CONFIG/contexts/files/file_contexts
    std::string policy;   // CONFIG/policy/policy.NN, the one with the highest number
    unsigned version = 0; // NN
    // Where a system splits its file contexts (Android): all of them, later ones win.
    std::vector<std::string> split_contexts = {};
};

// /etc/selinux; in a commit of ostree, where /usr/etc stands for /etc, /usr/etc/selinux.
std::string selinux_directory(const tree::Tree& rootfs);

// Whether NAME can be a SELINUXTYPE: it becomes a path component of the image.
bool valid_type(std::string_view name);

// Finds the policy TYPE; an invalid_input Error when the tree has none, with what would bring it.
Place find_place(const tree::Tree& rootfs, const std::string& type);
// The same for a tree that may have no store: only its place is told.
Place find_policy(const tree::Tree& rootfs, const std::string& type);

// Where the store of all policies is: /var/lib/selinux, unless semanage.conf names another place.
std::string store_root(const tree::Tree& rootfs);

// Whether there is a store that modules and booleans can be committed to.
bool has_store(const tree::Tree& rootfs, const Place& place);

// The part of ROOTFS that is its policy TYPE: configuration and store, at the places where they are
// looked for. An Error as that of find_place().
tree::Tree policy_part(const tree::Tree& rootfs, const std::string& type);
// Puts such a part into ROOTFS, in the place of a policy of the same type.
void put_policy(tree::Tree& rootfs, const tree::Tree& part, const std::string& type);

// The config file in selinux_directory(). Nothing when there is none or it names no usable type.
struct Config {
    std::string type;
    std::string mode;
};
std::optional<Config> read_config(const tree::Tree& rootfs);
// Sets SELINUX and SELINUXTYPE and keeps every other line. MTIME only when something changes.
void write_config(tree::Tree& rootfs, const Config& config, tree::Timestamp mtime);

struct InstalledModule {
    std::string name;
    unsigned priority = 0;
    std::string language; // "cil", "pp"
    bool enabled = true;
};
// What the store lists, sorted by name and priority.
std::vector<InstalledModule> installed_modules(const tree::Tree& rootfs, const Place& place);

} // namespace selns::policy
