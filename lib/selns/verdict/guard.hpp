#pragma once

#include "selns/verdict/meaning.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::verdict {

class Policy;

// Access that no log may open by itself, since whoever has it can undo the policy, the kernel or
// the host. A process that forges log lines must not be able to grant itself these.
struct Guard {
    enum class When {
        always,
        unless_trusted,       // the source may change the policy anyway
        unless_administrator, // the source has sys_admin, of which the kernel takes it for a part
        on_object,            // the target has one of MEANINGS; not when the source may write to
                              // its files anyway
        on_secret,            // the same, whatever it may write
        on_other,             // the same, but not on itself
        on_stronger,          // the target has one of MEANINGS that the source has not
        by_strong,            // the source has one of MEANINGS, and the target is no program
        by_any,               // the target is no program, and no domain starts from it
    };

    std::string_view classes;     // with blanks between them
    std::string_view permissions; // "*": all
    When when = When::always;
    Meanings meanings = 0;
    std::string_view why; // in words
};

// The guards that are about one access of one type to another.
class Guards {
  public:
    // POLICY outlives it. The types need not be known to it: nothing is known of them then.
    Guards(const Policy& policy, const std::string& source, const std::string& target,
           std::string_view tclass);

    // Why the permission is guarded; nothing when it is not.
    std::optional<std::string_view> why(std::string_view permission) const;
    // The same for all permissions at once.
    std::optional<std::string_view> why_any() const;

  private:
    std::vector<const Guard*> guards_;
};

} // namespace selns::verdict
