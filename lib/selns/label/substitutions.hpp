#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/label/label.hpp"
#include "selns/label/prefix_tree.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::label {

// The aliases of one subs file: "/alias /original" replaces the start of a path.
class Substitutions {
  public:
    Substitutions() = default;
    Substitutions(const SpecificationFile& file, Diagnostics& problems);

    // PATH with the alias of the last line that fits replaced, once; nothing when none fits.
    std::optional<Substitution> apply(std::string_view path) const;

  private:
    struct Alias {
        std::string name, original;
        int line, column;
    };
    std::string file_;
    std::vector<Alias> aliases_; // by name, then the last line first
    PrefixTree tree_;
};

} // namespace selns::label
