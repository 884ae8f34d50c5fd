#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/cache/store.hpp"
#include "selns/label/survey.hpp"
#include "selns/progress/progress.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace selns::query {

// The commands of `label`. WHAT is a root directory, an archive, or an image; its labels are those
// of its own policy, named in its /etc/selinux/config. Contexts that this policy does not define
// are an invalid_input Error that names their specifications, thrown when everything else is done.
// STORE (null: none) keeps what makes the next question about the same WHAT quick.

// Which names: that should have one of TYPES (all when empty), at or below one of PATHS (all when
// empty; compared as text, no symlink is followed). A path that is no file, and a type that the
// policy does not define, is an invalid_input Error, thrown as above.
struct LabelFilter {
    std::vector<std::string> types;
    std::vector<std::string> paths;
};

// Calls VISIT with each name, in the order of Tree::walk(), and the context that the
// specifications give it; empty when they give none. VISIT ends it by saying false, and then
// nothing is an Error.
void list_labels(
    const std::filesystem::path& what, const LabelFilter& filter,
    const std::function<bool(const std::string& path, const std::string& context)>& visit,
    const cache::Store* store, const Interrupt& interrupt);

// What is stored against what should be.
label::Survey verify_labels(const std::filesystem::path& what, const LabelFilter& filter,
                            progress::Sink& sink, const cache::Store* store,
                            const Interrupt& interrupt);

// Gives the files below the directory ROOT the labels that they should have; with DRY_RUN only
// tells which those are.
label::Survey apply_labels(const std::filesystem::path& root, bool dry_run, progress::Sink& sink,
                           const Interrupt& interrupt);

// Why a path has the label that it has.
struct LabelExplanation {
    struct Candidate {
        std::string text; // the specification as it stands there
        Location at;
        std::string why; // it does not count; empty: it does
    };
    std::string path;
    std::string kind;                      // "a directory"; or that there is no such file
    std::string real_path;                 // where it leads through a symlink; empty: through none
    std::string context;                   // empty: none
    std::optional<std::string> stored;     // nothing: there is no such file; empty: no label
    std::string substitution;              // what the path was looked up as, and by which line
    std::vector<Candidate> specifications; // all that match, the one that counts first
    std::string module;                    // that brought the specification; empty: not known
};
// Paths are taken as text, as setfiles takes them. One that leads through a symlink, and so is none
// that list_labels() tells, is explained as of any kind of file; so is one that does not exist.
std::vector<LabelExplanation> explain_labels(const std::filesystem::path& what,
                                             const std::vector<std::string>& paths,
                                             const cache::Store* store, const Interrupt& interrupt);

} // namespace selns::query
