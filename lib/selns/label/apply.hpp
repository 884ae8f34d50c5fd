#pragma once

#include "selns/label/label.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace selns::label {

// Reads the image's specifications: files/file_contexts below CONTEXTS_DIR (such as
// "/etc/selinux/default/contexts"), with .homedirs, .local, .subs and .subs_dist where they exist.
// Symlinks are followed inside TREE; a compiled .bin is never read. Without a main file there is
// nothing to label by: an invalid_input Error. SPLIT, when not empty, has all files instead, as
// Android splits them. A root of ostree or bootc gets two rules besides (docs/labels.md).
Specifications read_specifications(const tree::Tree& tree, const std::string& contexts_dir,
                                   const std::vector<std::string>& split = {});
// All that it may read.
std::vector<std::string> specification_files(const std::string& contexts_dir);

// Something about labels that a user should know.
struct Finding {
    std::string path;    // of several, the first one in walk order
    std::string context; // invalid: the undefined one; hard link: the one that was taken
    Location at;         // of the specification, when there is one
    std::uint64_t files = 1;
    std::string other_path, other_context; // hard link: the other name and what it asks for
};

// Findings of one kind: all are counted, some are kept.
struct Findings {
    static constexpr std::size_t most_shown = 20;
    std::uint64_t total = 0; // files
    std::vector<Finding> shown;
};

// What apply() found.
struct Report {
    std::uint64_t inodes = 0;
    std::uint64_t labelled = 0;
    std::map<std::string, std::uint64_t> types; // of the labels given or kept: how many inodes
    Findings unmatched;                         // no specification, no label
    Findings none;                              // <<none>>, no label
    // Either of these two, in /proc, /sys, /dev, /run or ostree's /sysroot: booting mounts
    // something over these, so nobody will see the file, and policies leave them to it (Debian says
    // <<none>> for /proc).
    Findings mounted_over;
    Findings invalid;  // the policy does not define the context; one for each specification
    Findings hardlink; // one inode, two contexts
};

// Whether the image's policy defines a context.
using Validator = std::function<bool(const std::string& context)>;

// Sets the context of every inode of TREE by the specification for its path, and reports; whether
// a finding matters is for enforce(). Each context is validated once.
// - No specification or <<none>>: the inode keeps the label that it has, if it has one.
// - An invalid context is not written and a label of old is taken away: the kernel treats such a
//   file as unlabeled either way, but an undefined context makes unpacking the image fail where
//   SELinux runs.
// - A hard link whose names ask for different contexts gets that of its first name in walk order
//   that has one.
// PROGRESS is called now and then with the number of names done; it may throw to stop.
Report apply(tree::Tree& tree, const Matcher& matcher, const Validator& valid,
             const std::function<void(std::uint64_t)>& progress = {});

// Throws one invalid_input Error that lists the findings that POLICY makes strict, each with its
// place and what to do; returns those that it only warns of.
std::vector<std::string> enforce(const Report& report, const recipe::LabelPolicy& policy);

} // namespace selns::label
