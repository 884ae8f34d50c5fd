#pragma once

#include "selns/denials/log.hpp"
#include "selns/denials/verdict.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <filesystem>
#include <vector>

namespace selns::pipeline {

// The recipe's words as what the denials module takes. A word that is no such thing is an
// invalid_input Error at its place.
denials::Selection selection_of(const recipe::Select& select);
denials::Preferences preferences_of(const recipe::Denials& denials);

// Reads LOGS one after the other; STEP shows which.
void read_logs(denials::LogReader& reader, const std::vector<std::filesystem::path>& logs,
               const Context& context, progress::Step& step);

// What somebody should know about the logs themselves: lines that do not parse, that nobody should
// believe, and records that were lost.
void warn_of(const denials::Denials& denials, progress::Sink& sink);

} // namespace selns::pipeline
