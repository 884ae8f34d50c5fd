#pragma once

#include "selns/base/error.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::label {

// One text of the image's specifications. Order and precedence are libselinux's: subs and
// subs_dist first, then file_contexts < .homedirs < .local.
struct SpecificationFile {
    std::string name; // for messages
    std::string text;
};
struct Specifications {
    std::vector<SpecificationFile> files;       // file_contexts, .homedirs, .local, in this order
    std::optional<SpecificationFile> subs;      // file_contexts.subs
    std::optional<SpecificationFile> subs_dist; // file_contexts.subs_dist
};

// One line of a specification file.
struct Specification {
    std::string regex;
    std::uint32_t type = 0; // S_IFMT bits, 0: any
    std::string context;    // empty: <<none>>
    Location at;
};

// Maps a path and a file type to the context that the specifications give it, with the semantics
// of libselinux (see FACTS of file_contexts in ARCHITECTURE.md). Immutable once made and safe to
// use from several threads.
class Matcher {
  public:
    // A line that cannot be parsed or a regular expression that does not compile is collected;
    // all are thrown in one invalid_input Error.
    explicit Matcher(const Specifications& specifications);
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;

    // The specification for PATH (absolute, as in a Tree) of a file whose mode has the S_IFMT bits
    // TYPE; null when there is none. The result lives as long as the Matcher.
    // A regular expression that exceeds its match limit is an Error that names it.
    const Specification* find(std::string_view path, std::uint32_t type) const;

    const std::vector<Specification>& specifications() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace selns::label
