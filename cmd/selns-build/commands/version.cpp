#include "selns-build/commands/version.hpp"

#include "selns-build/commands/list.hpp"
#include "selns-build/render/version.hpp"
#include "selns-build/session.hpp"
#include "selns/selinux/versions.hpp"

#include <CLI/CLI.hpp>
#include <link.h>

#include <algorithm>

namespace selns::cmd {

namespace {

struct VersionOptions {
    bool json = false;
};

// The files that stand behind the libraries' names, since these say most about the version:
// libarchive.so.13.6.2.
std::vector<std::string> loaded_libraries() {
    std::vector<std::string> names;
    const auto add = [](dl_phdr_info* library, std::size_t, void* list) {
        std::error_code ignored;
        const std::filesystem::path file = std::filesystem::canonical(library->dlpi_name, ignored);
        if (!file.empty() && library->dlpi_name[0] != '\0')
            static_cast<std::vector<std::string>*>(list)->push_back(file.filename().string());
        return 0;
    };
    ::dl_iterate_phdr(add, &names);
    std::ranges::sort(names);
    return names;
}

} // namespace

std::string version_line() {
    return "selns-build " SELNS_VERSION "\n";
}

void declare(CLI::App& app, VersionOptions& options) {
    app.add_flag("--json", options.json, "everything, as JSON");
}

int run(const VersionOptions& options, Session& session) {
    const Versions versions{SELNS_VERSION, selinux::readable_versions(),
                            selinux::committed_versions(), loaded_libraries()};
    session.out.write(options.json ? versions_json(versions)
                                   : versions_text(versions, session.out_look));
    return 0;
}

const Subcommand version_command = {
    "version", " [OPTION]...", "this program's version, and what it works with",
    "Shows the program's version, the versions of kernel policies that it reads and\n"
    "that this host's libsepol compiles, and the libraries that it uses.\n"
    "\n"
    "Example:\n"
    "  selns-build version --json\n",
    declared<VersionOptions, declare, run>};

} // namespace selns::cmd
