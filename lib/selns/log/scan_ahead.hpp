#pragma once

#include "selns/log/input.hpp"
#include "selns/log/scanner.hpp"

#include <functional>

namespace selns::log {

// Scans what SOURCE feeds, in this thread, while another one hands the batches to TAKE, in their
// order. Memory is that of a few pieces. What either throws comes out of it, when both have ended.
void scan_ahead(const TextHash& hash, const std::function<void(Inlet&)>& source,
                const std::function<void(const Batch&)>& take);

} // namespace selns::log
