#pragma once

#include "selns/base/diagnostics.hpp"

#include <map>
#include <string>
#include <string_view>

namespace selns::kernel {

// A symbol of a configuration: y, m, n, a number, or a text in its quotes.
struct Setting {
    std::string value;
    Location at;
};

// Symbols by name, "CONFIG_AUDIT".
using Config = std::map<std::string, Setting, std::less<>>;

// Reads CONFIG_NAME=VALUE and "# CONFIG_NAME is not set"; a later line wins over an earlier one.
// Other lines are comments when they start with '#' or are empty; any other goes to PROBLEMS. NAME
// is the file's, for places.
Config parse_config(std::string_view text, const std::string& name, Diagnostics& problems);

// The value of SYMBOL; "n" when it is not there.
std::string_view value_of(const Config& config, std::string_view symbol);

// TEXT as value_of() gives it, of a symbol with a text in quotes.
std::string_view without_quotes(std::string_view value);

// A line of a configuration file.
std::string config_line(std::string_view symbol, std::string_view value);

} // namespace selns::kernel
