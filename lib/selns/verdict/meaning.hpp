#pragma once

#include "selns/selinux/policydb.hpp"
#include "selns/selinux/type_marks.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::verdict {

// What a type is to the rest of the system, as bits. Of a domain: what it may do, so that whoever
// gets its rights may. Of an object: what is read from it by those who are stronger than whoever
// could write there.
using Meanings = selinux::Marks;

namespace meaning {

constexpr Meanings changes_policy = 1U << 0U;   // and so may grant itself anything
constexpr Meanings runs_in_kernel = 1U << 1U;   // kernel modules, raw memory and ports
constexpr Meanings uses_raw_disks = 1U << 2U;   // below every label
constexpr Meanings controls_others = 1U << 3U;  // ptrace of other domains
constexpr Meanings administers = 1U << 4U;      // sys_admin, and what is called an administrator
constexpr Meanings changes_identity = 1U << 5U; // logins, cron, sudo
constexpr Meanings keeps_passwords = 1U << 6U;
constexpr Meanings writes_programs = 1U << 7U; // of others: packages, labels, units
constexpr Meanings powers = (1U << 8U) - 1;

constexpr Meanings program = 1U << 8U; // and libraries
constexpr Meanings unit = 1U << 9U;
constexpr Meanings boot = 1U << 10U; // kernels, their modules, boot loaders
constexpr Meanings device_rule = 1U << 11U;
constexpr Meanings schedule = 1U << 12U; // of cron
constexpr Meanings ssh = 1U << 13U;
constexpr Meanings configuration = 1U << 14U; // of the system, not of a service
constexpr Meanings package = 1U << 15U;       // what package managers believe
constexpr Meanings policy_file = 1U << 16U;
constexpr Meanings secret = 1U << 17U;
constexpr Meanings kernel_interface = 1U << 18U;
constexpr Meanings kernel_memory = 1U << 19U; // files that show it
constexpr Meanings raw_device = 1U << 20U;
constexpr Meanings kernel_log = 1U << 21U;
constexpr Meanings audit_log = 1U << 22U;     // and who writes it
constexpr Meanings data = 1U << 23U;          // of people and services, whatever else is said of it
constexpr Meanings starts_strong = 1U << 24U; // may start or trace who changes policy or kernel
constexpr Meanings controls_audit = 1U << 25U; // may switch the audit system off, or forge lines
constexpr Meanings entry = 1U << 26U;          // some domain starts from it
constexpr Meanings init = 1U << 27U;           // the process that all others come from
constexpr Meanings user_database = 1U << 28U;  // where programs ask who users are
constexpr Meanings strong = powers | starts_strong | controls_audit; // a domain that may do much

} // namespace meaning

// Where a file of some type may be, as file contexts have it.
struct LabelledPath {
    std::string_view path; // a regular expression
    std::string_view type;
};

// The meanings of a policy's types: by the names and attributes that Debian's, Fedora's and the
// reference policy have, by what the policy itself allows, by genfscon and by file contexts.
// Safe to use from several threads once made.
class TypeMeanings {
  public:
    // POLICY outlives it. PATHS may be empty: not known.
    TypeMeanings(const selinux::PolicyDb& policy, std::span<const LabelledPath> paths);

    Meanings of(std::string_view type) const { return marks_.of(type); }
    // Names of types in the guard list that the policy does not have, sorted: they guard nothing.
    const std::vector<std::string>& lacking() const { return lacking_; }

  private:
    void mark_names();
    void mark_rules();
    void mark_paths(std::span<const LabelledPath> paths);

    selinux::TypeMarks marks_;
    std::vector<std::string> lacking_;
};

// The meanings of a type of which nothing but its name is known.
Meanings meanings_of_name(std::string_view type);

} // namespace selns::verdict
