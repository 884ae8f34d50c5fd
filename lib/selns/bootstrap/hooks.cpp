#include "selns/bootstrap/hooks.hpp"

#include "selns/bootstrap/scripts.hpp"

#include <initializer_list>
#include <string_view>

namespace selns::bootstrap {

namespace {

using namespace scripts;

std::string behind_beginning(std::initializer_list<std::string_view> parts) {
    std::string script(beginning);
    for (const std::string_view part : parts)
        script += part;
    return script;
}

} // namespace

std::string setup_hook() {
    return std::string(setup);
}

std::string customize_hook() {
    return behind_beginning({keep_base, put_packages, install_on_base, remove_packages,
                             write_sources, files_and_commands, forget});
}

std::string unpack_hook() {
    return behind_beginning({unpack});
}

std::string change_hook() {
    return behind_beginning(
        {put_packages, install, remove_packages, files_and_commands, forget, allow_services});
}

std::string dnf_hook() {
    return behind_beginning({install_with_dnf, files_and_commands, finish_with_dnf});
}

} // namespace selns::bootstrap
