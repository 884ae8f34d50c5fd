#pragma once

#include "selns/log/log.hpp"
#include "selns/module/merge.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/verdict/verdict.hpp"

#include <filesystem>
#include <vector>

namespace selns::pipeline {

// The recipe's words as what the denials module takes. A word that is no such thing is an
// invalid_input Error at its place.
log::Selection selection_of(const recipe::Select& select);
verdict::Preferences preferences_of(const recipe::Denials& denials);

// Reads LOGS one after the other, and then this host's journal when that is wanted; STEP shows
// which. They are read twice where OPTIONS want what came after the last boot, or after a policy
// was loaded. When that is in none of them, it is an invalid_input Error.
log::Denials read_logs(log::ReadOptions options, const std::vector<std::filesystem::path>& logs,
                       bool journal, const Context& context, progress::Step& step);
// Of the recipe's patterns those that name no file.
void warn_of_missing_logs(const recipe::Recipe& recipe, progress::Sink& sink);

// What somebody should know about the logs themselves: lines that do not parse, that nobody should
// believe, and records that were lost.
void warn_of(const log::Denials& denials, progress::Sink& sink);
// The rules that the module's format cannot hold.
void warn_of(const std::vector<module::Unwritable>& left_out, progress::Sink& sink);

} // namespace selns::pipeline
