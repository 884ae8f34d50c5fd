#pragma once

// What a PolicyDb is made of, for the sources of this module only.

#include "selns/selinux/policydb.hpp"
#include "selns/selinux/sepol.hpp"

namespace selns::selinux {

struct PolicyDb::Impl {
    Handle handle = quiet_handle();
    Policy policy;

    // struct sepol_policydb is a policydb_t and nothing else, in every release of libsepol.
    const policydb_t& db() const { return *reinterpret_cast<const policydb_t*>(policy.get()); }
    hashtab_t table(unsigned symbols) const { return db().symtab[symbols].table; }
};

} // namespace selns::selinux
