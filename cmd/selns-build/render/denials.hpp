#pragma once

#include "selns-build/look.hpp"
#include "selns/query/denials.hpp"

#include <string>

namespace selns::cmd {

// The verdicts, each with its findings. ALL: also those that need nothing.
std::string explained_text(const query::Explained& explained, bool all, const Look& look);
std::string explained_json(const query::Explained& explained);

// The diff of the module and what came of the denials.
std::string merged_text(const query::Merged& merged, bool dry_run, const Look& look);
std::string merged_json(const query::Merged& merged);

std::string pruned_text(const query::Pruned& pruned, bool dry_run, const Look& look);
std::string imported_text(const query::Imported& imported, bool dry_run, const Look& look);

} // namespace selns::cmd
