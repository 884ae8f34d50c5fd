#pragma once

// Reads a kernel policy's file, for the sources of this module only.
//
// The format has no description but its readers: the kernel's security/selinux/ss/policydb.c and
// libsepol's policydb.c, which agree. All numbers are little-endian; a table is a count and then
// its entries, one after the other without padding. What a version added to the one before it is
// said where it is read.

#include "selns/base/error.hpp"
#include "selns/selinux/byte_cursor.hpp"
#include "selns/selinux/kernel_policy.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace selns::selinux {

// Older ones (of Linux before 2.6.28) have other type symbols; newer ones are not known.
constexpr std::uint32_t oldest_readable_version = 24;
constexpr std::uint32_t newest_readable_version = 35;

// Versions that added something to the file.
constexpr std::uint32_t version_filename_transitions = 25;
constexpr std::uint32_t version_role_transition_class = 26;
constexpr std::uint32_t version_new_object_defaults = 27;
constexpr std::uint32_t version_default_type = 28;
constexpr std::uint32_t version_constraint_names = 29;
constexpr std::uint32_t version_extended_rules = 30;
constexpr std::uint32_t version_infiniband = 31;
constexpr std::uint32_t version_filename_transition_sets = 33;
constexpr std::uint32_t version_conditional_extended_rules = 34;
constexpr std::uint32_t version_never_audited = 35;

// Keeps nothing of IMAGE. Throws Malformed. Bytes after the last table are ignored, as they
// are by libsepol and the kernel.
std::unique_ptr<const KernelPolicy> read_kernel_policy(std::string_view image);

// The same up to where the rules begin; IN stands there then. Symbols may speak of what there is
// not (see check_references()).
std::unique_ptr<KernelPolicy> read_until_rules(ByteCursor& in);

// What Malformed is outside of this module. NAME stands for the policy.
Error unreadable_policy(const std::string& complaint, const std::string& name);

// Its parts, in the order of the file; POLICY has what comes before.
void read_symbols(ByteCursor& in, KernelPolicy& policy);
void read_rules(ByteCursor& in, KernelPolicy& policy);      // te and conditional ones
void read_role_rules(ByteCursor& in, KernelPolicy& policy); // transitions and allows
void read_labelling(ByteCursor& in, KernelPolicy& policy);  // most of it is left out
void read_type_attributes(ByteCursor& in, KernelPolicy& policy);

// Throws Malformed when a symbol or a constraint speaks of what the policy does not have.
void check_references(const KernelPolicy& policy);

// Calls VISIT with each BitSetWord of a set, in order.
template <typename Visit>
void read_words(ByteCursor& in, const Visit& visit) {
    const std::uint32_t word_size = in.u32();
    const std::uint32_t end = in.u32();
    const std::uint32_t count = in.count(12);
    require(word_size == 64 && end % 64 == 0 && (end == 0) == (count == 0),
            "a set of numbers is damaged");
    std::uint64_t next = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t start = in.u32();
        const BitSetWord word{start, in.u64()};
        require(start % 64 == 0 && start >= next && start < end && word.bits != 0,
                "a set of numbers is damaged");
        next = std::uint64_t{start} + 64;
        visit(word);
    }
}

inline BitSet read_set(ByteCursor& in) {
    BitSet set;
    read_words(in, [&set](const BitSetWord& word) { set.append(word); });
    return set;
}

inline void skip_set(ByteCursor& in) {
    read_words(in, [](const BitSetWord&) {});
}

inline Level read_level(ByteCursor& in) {
    const std::uint32_t sensitivity = in.u32();
    return {sensitivity, read_set(in)};
}

Range read_range(ByteCursor& in);

} // namespace selns::selinux
