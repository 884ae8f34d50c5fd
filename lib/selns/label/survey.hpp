#pragma once

#include "selns/label/apply.hpp"
#include "selns/tree/disk.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace selns::label {

// How a stored label differs from what the specifications say; the first one that applies.
enum class Mismatch { missing, invalid, type, user, level };
std::string_view name_of(Mismatch mismatch); // "missing", "wrong type", ...

struct Difference {
    std::string path;
    Mismatch mismatch = Mismatch::missing;
    std::string has; // empty: no label
    std::string should;
    Location at; // of the specification
};

// The labels of a tree, held against the specifications.
struct Survey {
    std::uint64_t names = 0;                    // that were asked for
    std::uint64_t silent = 0;                   // no specification, or <<none>>: any label will do
    std::map<std::string, std::uint64_t> types; // that the specifications ask for: how many names
    std::vector<Difference> differences;        // in the order of Tree::walk()
    std::vector<Finding> conflicts;             // names of one inode that ask for two contexts
    std::vector<Finding> invalid; // contexts that the policy does not define; sorted by place
    // Where file systems are mounted that keep no labels (an EFI system partition); the root is
    // none of them. Their files are counted, and not looked at.
    std::vector<std::string> without_labels;
};

// Called now and then with the names done, from any thread; may throw to stop.
using Progress = std::function<void(std::uint64_t names)>;
// Which names are asked for: PATH, and the context that its specification gives it (empty: none).
// All of them are looked at even so, since a hard link is decided by names elsewhere.
using Wanted = std::function<bool(const std::string& path, const std::string& context)>;

// What TREE stores. Names of an inode that ask for different contexts: the first in walk order that
// asks for one decides, as in apply(). A specification with an invalid context is in `invalid`, and
// not compared. VALID and WANTED may be called from several threads.
Survey verify(const tree::Tree& tree, const Matcher& matcher, const Validator& valid,
              const Progress& progress = {}, const Wanted& wanted = {});

struct DiskOptions {
    unsigned threads = 1;
    bool write = false; // give each difference the label that it should have
};
// What the files below a directory have. With `write`, differences are what was changed; whatever
// the kernel refuses is an Error that tells why, and what was changed by then stays.
Survey survey_disk(const tree::Disk& disk, const Matcher& matcher, const Validator& valid,
                   const DiskOptions& options, const Progress& progress = {},
                   const Wanted& wanted = {});

// The label of the file at PATH below DISK, without its NUL; empty: none, or the file system keeps
// none. Nothing without a file.
std::optional<std::string> read_label(const tree::Disk& disk, const std::string& path);

// Throws one invalid_input Error that names each of INVALID with its place.
void refuse_invalid(const std::vector<Finding>& invalid);

} // namespace selns::label
