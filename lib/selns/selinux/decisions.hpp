#pragma once

#include "selns/selinux/policydb.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace selns::selinux {

// What denies an access though there is an allow rule for it, or would if there were one.
struct Obstacle {
    enum class Kind { constraint, mls, role, bounds } kind = Kind::constraint;
    std::string text;   // as in policy source: "constrain dir { create } (u1 == u2)"
    std::string remedy; // what would satisfy it; empty when nothing simple does
};

struct BooleanSetting {
    std::string name;
    bool value = false;
};

// What a policy, with its booleans as they are, says about one permission between two contexts.
struct Decision {
    bool rule = false;      // an allow rule gives it
    bool dontaudit = false; // and if it is denied, nobody is told
    // These hold whether there is a rule or not. libsepol's reasons (and audit2why) leave them out
    // as long as there is none, and then recommend a rule that does not help.
    std::vector<Obstacle> obstacles;
    // Without a rule: the fewest booleans that have to change for a conditional rule to give it.
    std::vector<BooleanSetting> booleans;

    bool allowed() const { return rule && obstacles.empty(); }
};

// Answers access questions as the kernel does. Immutable once made, safe to use from several
// threads.
class Decisions {
  public:
    // POLICY outlives it. One with the same rule thousands of times is an invalid_input Error.
    explicit Decisions(const PolicyDb& policy);
    ~Decisions();
    Decisions(const Decisions&) = delete;
    Decisions& operator=(const Decisions&) = delete;

    // One decision for each of PERMISSIONS. The contexts must be valid, class and permissions
    // known (PolicyDb tells); anything else is a std::invalid_argument.
    std::vector<Decision> decide(const std::string& scontext, const std::string& tcontext,
                                 const std::string& tclass,
                                 const std::vector<std::string>& permissions) const;

    // Whether an allow rule gives a permission between two types, whatever constraints say.
    bool rule_allows(const std::string& source, const std::string& target,
                     const std::string& tclass, const std::string& permission) const;

    // Whether allowxperm rules say which ioctl commands are allowed between these types: then the
    // permission `ioctl` alone allows none.
    bool has_extended_rules(const std::string& source, const std::string& target,
                            const std::string& tclass) const;
    bool command_allowed(const std::string& source, const std::string& target,
                         const std::string& tclass, std::uint16_t command) const;

    // The same of the permission `nlmsg`, for types of netlink messages.
    bool has_message_rules(const std::string& source, const std::string& target,
                           const std::string& tclass) const;
    bool message_allowed(const std::string& source, const std::string& target,
                         const std::string& tclass, std::uint16_t type) const;

    // The validatetrans rules that forbid TASK to relabel an object of TCLASS.
    std::vector<Obstacle> relabel_obstacles(const std::string& old_context,
                                            const std::string& new_context,
                                            const std::string& task_context,
                                            const std::string& tclass) const;

  private:
    struct Impl;
    std::unique_ptr<const Impl> impl_;
};

} // namespace selns::selinux
