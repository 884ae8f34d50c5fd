#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/label/label.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace selns::label {

// Lets a string_view look up a std::string key.
struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
    }
};
template <typename Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

// The aliases of one subs file: "/alias /original" replaces the start of a path.
class Substitutions {
  public:
    Substitutions() = default;
    Substitutions(const SpecificationFile& file, Diagnostics& problems);

    // PATH with the alias of the last line that fits replaced, once; nothing when none fits.
    std::optional<std::string> apply(std::string_view path) const;

  private:
    struct Original {
        std::string path;
        int line = 0;
    };
    StringMap<Original> by_alias_;
    std::size_t longest_ = 0;
};

} // namespace selns::label
