#pragma once

#include "selns-build/look.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <filesystem>
#include <string>

namespace selns::cmd {

// The closing summary of a build for people. Paths are shown as seen from DIRECTORY.
std::string summary_text(const pipeline::Result& result, const Look& look,
                         const std::filesystem::path& directory);

// All of it as one JSON object on a line: {"event": "built", ...}.
std::string summary_json(const pipeline::Result& result);

} // namespace selns::cmd
