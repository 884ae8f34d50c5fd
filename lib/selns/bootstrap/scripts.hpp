#pragma once

#include <string_view>

// The files of scripts/, put into the library by the build. What stands behind the beginning uses
// its functions: `inside`, which runs a program in the root, and `alone`, which runs one here.
namespace selns::bootstrap::scripts {

extern const std::string_view setup;
extern const std::string_view beginning;
extern const std::string_view unpack;
extern const std::string_view put_packages;
extern const std::string_view install;
extern const std::string_view keep_base;
extern const std::string_view install_on_base;
extern const std::string_view remove_packages;
extern const std::string_view write_sources;
extern const std::string_view files_and_commands;
extern const std::string_view forget;
extern const std::string_view allow_services;
extern const std::string_view install_with_dnf;
extern const std::string_view finish_with_dnf;

} // namespace selns::bootstrap::scripts
