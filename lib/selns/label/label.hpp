#pragma once

#include "selns/base/error.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::label {

// One text of the image's specifications.
struct SpecificationFile {
    std::string name; // for messages
    std::string text;
};
// Order and precedence are libselinux's: subs, then subs_dist, once each (then `implied`); then the
// files, of which a later one beats an earlier one: file_contexts, .homedirs, .local, or where a
// system splits them (Android) platform, system_ext, product, vendor.
struct Specifications {
    std::vector<SpecificationFile> files;
    std::optional<SpecificationFile> subs;         // file_contexts.subs
    std::optional<SpecificationFile> subs_dist;    // file_contexts.subs_dist
    std::optional<SpecificationFile> implied = {}; // what the kind of system implies, after both
};

// One line of a specification file.
struct Specification {
    std::string regex;
    std::uint32_t type = 0; // S_IFMT bits, 0: any
    std::string context;    // empty: <<none>>
    Location at;
};

// As it stands in its file, but for the blanks.
std::string text_of(const Specification& specification);

// Whether it is a path without metacharacters: such a one beats every regular expression.
bool is_literal(const Specification& specification);

// One replacement of the start of a path by a line of a subs file.
struct Substitution {
    std::string path; // as it is afterwards
    Location at;      // of the line
};

// Maps a path and a file type to the context that the specifications give it, with the semantics
// of libselinux (docs/labels.md). Immutable once made and safe to use from
// several threads.
class Matcher {
  public:
    // A line that cannot be parsed or a regular expression that does not compile is collected;
    // all are thrown in one invalid_input Error.
    explicit Matcher(const Specifications& specifications);
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;

    // The specification for PATH (absolute, as in a Tree) of a file whose mode has the S_IFMT bits
    // TYPE (0: of any kind); null when there is none. The result lives as long as the Matcher.
    // A regular expression that exceeds its match limit is an invalid_input Error that names it.
    const Specification* find(std::string_view path, std::uint32_t type) const;

    // All specifications that match, the best one, which find() gives, first. An Error as there,
    // for worse ones, too.
    std::vector<const Specification*> candidates(std::string_view path, std::uint32_t type) const;

    // What the subs files make of PATH before it is matched: none to two steps, in order.
    std::vector<Substitution> substitutions(std::string_view path) const;

    const std::vector<Specification>& specifications() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace selns::label
