#pragma once

#include <string>
#include <string_view>

namespace selns::bootstrap {

// The scripts that mmdebstrap runs with the root's directory as their argument. They are the same
// for every recipe: what differs lies beside them, in files of the run directory:
//
//     hooks/setup, hooks/essential, hooks/customize
//     apt.conf                  apt's options for the run
//     repositories/*.sources    extra repositories, for the run
//     image/sources.list[.d/*]  the sources that the image keeps
//     packages/N.deb, N.rpm     local packages
//     files.tar                 the recipe's files, when it has commands
//     commands/NNNN             one command each
//     keep-resolv.conf          when it exists, /etc/resolv.conf comes from the recipe's files
extern const std::string_view setup_hook;
extern const std::string_view essential_hook;
std::string customize_hook();

// The same for a root that exists already. The run directory has besides
//
//     root.tar                  that root, without devices
//     install                   packages to install, one a line
//     resolve                   when it exists: only tell what would be installed
std::string unpack_hook();
std::string change_hook();

// Parts that all of them have in common, and dnf's with them: the beginning, with the function
// `inside`, which runs a program in the root, and `alone`, which runs one here; and what unpacks
// files.tar there and runs the commands.
extern const std::string_view hook_beginning;
extern const std::string_view files_and_commands;

// What the customize hook writes to standard error, each on a line of its own:
//
//     selns-build: package NAME VERSION ARCHITECTURE STATUS
//     selns-build: command N
//     selns-build: command N failed STATUS
inline constexpr std::string_view hook_mark = "selns-build: ";

} // namespace selns::bootstrap
