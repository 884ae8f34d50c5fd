#pragma once

#include <string_view>

// The files of templates/, put into the library by the build.
namespace selns::launch::templates {
extern const std::string_view host;
extern const std::string_view nspawn;
extern const std::string_view oci;
extern const std::string_view qemu;
extern const std::string_view run_service;
extern const std::string_view service;
} // namespace selns::launch::templates
