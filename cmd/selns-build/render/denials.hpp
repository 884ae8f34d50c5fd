#pragma once

#include "selns-build/look.hpp"
#include "selns/pipeline/denials.hpp"

#include <string>

namespace selns::cmd {

// The verdicts, each with its findings. ALL: also those that need nothing.
std::string explained_text(const pipeline::Explained& explained, bool all, const Look& look);
std::string explained_json(const pipeline::Explained& explained);

// The diff of the module and what came of the denials.
std::string merged_text(const pipeline::Merged& merged, bool dry_run, const Look& look);
std::string merged_json(const pipeline::Merged& merged);

std::string pruned_text(const pipeline::Pruned& pruned, bool dry_run, const Look& look);
std::string imported_text(const pipeline::Imported& imported, bool dry_run, const Look& look);

} // namespace selns::cmd
