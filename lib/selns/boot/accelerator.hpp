#pragma once

#include "selns/boot/machine.hpp"
#include "selns/cache/store.hpp"
#include "selns/process/process.hpp"

namespace selns::boot {

// What makes QEMU fastest here. That /dev/kvm exists says little: where it hangs a guest, so would
// the user. So a guest of one sector, which ends at once, is run on it; what came of it is kept in
// CACHE until this host boots again.
Accelerator probe_accelerator(process::Runner& runner, const cache::Store& cache);

} // namespace selns::boot
