#pragma once

// What subcommands add to CLI11: values of this program's kinds, and its words for what is wrong.

#include "selns-build/progress/sinks.hpp"
#include "selns/base/error.hpp"
#include "selns/recipe/recipe.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::cmd {

// A usage Error that points to the --help of APP, whose name is "selns-build show".
Error usage(const CLI::App& app, const std::string& message);

// Validators, for Option::check(). What is WHAT must not be empty.
CLI::Validator filled(std::string what);
CLI::Validator one_of(std::vector<std::string> words);

// CLI11 would take a path for a list of its parts. What is positional and required is missed as
// "expected DESCRIPTION".
CLI::Option* add_path(CLI::App& app, std::string name, std::filesystem::path& value,
                      std::string description = "");
CLI::Option* add_required_path(CLI::App& app, std::string name, std::filesystem::path& value,
                               const std::string& description);
CLI::Option* add_paths(CLI::App& app, std::string name, std::vector<std::filesystem::path>& values,
                       std::string description = "");
// An option with a path after it. WHAT: "FILE".
CLI::Option* add_file(CLI::App& app, std::string name, std::filesystem::path& value,
                      const std::string& what, std::string description);

// An option with a whole number after it, in decimal, from LEAST on.
CLI::Option* add_number(CLI::App& app, std::string name, unsigned& value, const std::string& what,
                        std::string description, unsigned least = 1);

// RECIPE..., at least one.
CLI::Option* add_recipes(CLI::App& app, std::vector<std::filesystem::path>& values);
// --output
CLI::Option* add_output(CLI::App& app, std::filesystem::path& value, std::string description);
// --set
CLI::Option* add_overrides(CLI::App& app, std::vector<recipe::Override>& values);
// --progress
CLI::Option* add_progress(CLI::App& app, ProgressMode& value);
// --selinux-namespace: whether it is required.
CLI::Option* add_selinux_namespace(CLI::App& app, std::optional<bool>& required);

// Fills what APP's options are for. False when --help was asked for instead. Throws usage Errors.
bool parse(CLI::App& app, const std::vector<std::string>& arguments);
// One line for each option, aligned.
std::string list_options(const CLI::App& app);
// Whether the option ARGUMENT (such as "-o") is followed by its value.
bool takes_value(const CLI::App& app, const std::string& argument);

} // namespace selns::cmd
