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

// Reads LOGS one after the other; STEP shows which.
void read_logs(log::LogReader& reader, const std::vector<std::filesystem::path>& logs,
               const Context& context, progress::Step& step);

// What somebody should know about the logs themselves: lines that do not parse, that nobody should
// believe, and records that were lost.
void warn_of(const log::Denials& denials, progress::Sink& sink);
// The rules that the module's format cannot hold.
void warn_of(const std::vector<module::Unwritable>& left_out, progress::Sink& sink);

} // namespace selns::pipeline
