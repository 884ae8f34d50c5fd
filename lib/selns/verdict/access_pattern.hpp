#pragma once

#include "selns/base/error.hpp"

#include <set>
#include <string>
#include <string_view>

namespace selns::verdict {

class Policy;

// Access as people write it in the recipe: "SOURCE TARGET:CLASS PERMISSION", in the words of an
// allow rule. Each of the four is a name, several in braces, or "*"; a source or target is a type
// or an attribute, a target also "self".
class AccessPattern {
  public:
    // What is no pattern is an invalid_input Error at AT.
    static AccessPattern parse(std::string_view text, Location at = {});

    // TARGET is a type or "self".
    bool matches(const Policy& policy, std::string_view source, std::string_view target,
                 std::string_view tclass, std::string_view permission) const;

    // The two halves of it: what it says without its permissions, and with them alone.
    bool matches_triple(const Policy& policy, std::string_view source, std::string_view target,
                        std::string_view tclass) const;
    bool matches_permission(std::string_view permission) const {
        return permissions_.empty() || permissions_.contains(permission);
    }

    // An Error at its place when it has a name that POLICY does not have: it would never match.
    void check(const Policy& policy) const;

    const std::string& text() const { return text_; }

  private:
    using Names = std::set<std::string, std::less<>>; // empty: any

    std::string text_;
    Location at_;
    Names sources_;
    Names targets_;
    Names classes_;
    Names permissions_;
};

} // namespace selns::verdict
