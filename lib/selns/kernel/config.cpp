#include "selns/kernel/config.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <optional>

namespace selns::kernel {

namespace {

constexpr std::string_view prefix = "CONFIG_";
constexpr std::string_view unset_suffix = " is not set";
constexpr std::size_t max_problems = 20;
constexpr std::size_t max_value = 8192; // bytes

bool is_symbol(std::string_view name) {
    return name.size() > prefix.size() && name.size() < 200 && name.starts_with(prefix) &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '_';
           });
}

bool is_text(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"')
        return false;
    for (std::size_t i = 1; i + 1 < value.size(); ++i) {
        if (value[i] == '\\')
            ++i;
        else if (value[i] == '"')
            return false;
        if (i + 1 >= value.size())
            return false;
    }
    return true;
}

bool is_number(std::string_view value) {
    const bool hex = value.starts_with("0x") || value.starts_with("0X");
    const std::string_view digits =
        hex ? value.substr(2) : value.substr(value.starts_with('-') ? 1 : 0);
    return !digits.empty() &&
           digits.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789") ==
               std::string_view::npos;
}

bool is_value(std::string_view value) {
    return value.size() <= max_value &&
           (value == "y" || value == "m" || value == "n" || is_text(value) || is_number(value));
}

struct Line {
    std::string_view symbol;
    std::string_view value;
};

std::optional<Line> parse_setting(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos)
        return std::nullopt;
    const Line setting{line.substr(0, equals), line.substr(equals + 1)};
    return is_symbol(setting.symbol) && is_value(setting.value) ? std::optional(setting)
                                                                : std::nullopt;
}

std::optional<Line> parse_unset(std::string_view line) {
    if (!line.starts_with("# ") || !line.ends_with(unset_suffix))
        return std::nullopt;
    const std::string_view symbol =
        line.substr(2, line.size() - std::min(line.size(), 2 + unset_suffix.size()));
    return is_symbol(symbol) ? std::optional(Line{symbol, "n"}) : std::nullopt;
}

} // namespace

Config parse_config(std::string_view text, const std::string& name, Diagnostics& problems) {
    Config config;
    int number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        line = trim(line);
        auto setting = parse_unset(line);
        if (!setting && (line.empty() || line.starts_with('#')))
            continue;
        if (!setting)
            setting = parse_setting(line);
        if (setting)
            config.insert_or_assign(std::string(setting->symbol),
                                    Setting{std::string(setting->value), {name, number, 0}});
        else if (problems.size() < max_problems)
            problems.add({name, number, 0},
                         "expected CONFIG_NAME=VALUE or \"# CONFIG_NAME is not set\", got \"" +
                             printable(line.substr(0, 60)) + "\"");
    }
    return config;
}

std::string_view value_of(const Config& config, std::string_view symbol) {
    const auto found = config.find(symbol);
    return found != config.end() ? std::string_view(found->second.value) : "n";
}

std::string_view without_quotes(std::string_view value) {
    return is_text(value) ? value.substr(1, value.size() - 2) : value;
}

std::string config_line(std::string_view symbol, std::string_view value) {
    if (value == "n")
        return "# " + std::string(symbol) + std::string(unset_suffix) + "\n";
    return std::string(symbol) + "=" + std::string(value) + "\n";
}

} // namespace selns::kernel
