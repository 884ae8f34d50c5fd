#pragma once

#include "selns-build/look.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace selns::cmd {

// SOURCE_DATE_EPOCH: whole seconds since 1970, up to the year 9999. Another value is a usage Error.
std::optional<std::int64_t> source_date_epoch(const Environment& environment);

// Where the outputs of a recipe called NAME go unless -o says otherwise.
std::filesystem::path default_output(const std::string& name);

} // namespace selns::cmd
