#include "selns/launch/files.hpp"

#include "selns/launch/launch.hpp"
#include "selns/launch/templates.hpp"

#include <array>

namespace selns::launch {

namespace {

constexpr std::array<File, 7> known = {{
    {"launch", "", "", ".launch.json", nullptr, false},
    {"nspawn", "nspawn", "", ".nspawn", &templates::nspawn, false},
    {"service", "unit", "", ".service", &templates::service, false},
    {"run-service", "run_unit", "selns@", ".service", &templates::run_service, false},
    {"oci", "oci", "", ".oci.json", &templates::oci, false},
    {"host-policy", "host_policy", "", ".host.cil", &templates::host, false},
    {"qemu", "qemu", "", ".qemu.conf", &templates::qemu, true},
}};

} // namespace

std::string File::name(std::string_view recipe) const {
    return std::string(prefix) + std::string(recipe) + std::string(suffix);
}

std::span<const File> files() {
    return known;
}

std::vector<std::string> file_names(const std::string& name) {
    std::vector<std::string> names;
    for (const File& file : known)
        if (!file.machine)
            names.push_back(file.name(name));
    return names;
}

} // namespace selns::launch
