#pragma once

#include <string>
#include <string_view>

namespace selns::bootstrap {

// The scripts that mmdebstrap runs with the root's directory as their argument. They are the same
// for every recipe: what differs lies beside them, in files of the run directory:
//
//     hooks/setup, hooks/customize
//     lists.tar                 package lists to use; empty: they are to be put there
//     base.tar                  the base, to begin with; empty: it is to be put there
//     base.packages             what it is made of, one a line
//     base.offered              what the sources offered for it, as the hook tells it
//     apt.conf                  apt's options for the run
//     known                     packages that apt must know before anything is installed
//     fetch                     all that is to be fetched: they, and base.packages without a base
//     archives/NAME.deb         kept packages; empty: to be put there, see KeptPackages
//     install                   packages to install on the base, one a line
//     repositories/*.sources    extra repositories, for that
//     image/sources.list[.d/*]  the sources that the image keeps
//     packages/N.deb, N.rpm     local packages
//     files.tar                 the recipe's files, when it has commands
//     commands/NNNN             one command each
//     keep-resolv.conf          when it exists, /etc/resolv.conf comes from the recipe's files
std::string setup_hook();
std::string customize_hook();

// The same for a root that exists already. The run directory has besides
//
//     root.tar                  that root, without devices
//     resolve                   when it exists: only tell what would be installed
std::string unpack_hook();
std::string change_hook();

// The script that mmdebstrap runs with the empty root's directory as its argument, to fill it with
// dnf. It is the same for every recipe: what differs lies beside it, in files of the run directory:
//
//     dnf/arguments        dnf and its arguments, one a line
//     dnf/dnf.conf, dnf/repositories/, dnf/keys/, dnf/variables/
//     dnf/database         where the release's rpm keeps its database
//     home/.rpmmacros      what rpm is told
//     image/etc/...        the recipe's repositories and their keys, which the image keeps
//     packages/N.rpm       local packages
//     files.tar, commands/NNNN, keep-resolv.conf   as above
//
// Besides what is told below, it writes a line "selns-build: packages" before those of packages;
// the last list counts.
std::string dnf_hook();

// What the hooks write to standard error, each on a line of its own:
//
//     selns-build: base kept SHA256   base.tar is complete; the first line on the base counts
//     selns-build: base is old        the sources offer something else for it; nothing was done
//     selns-build: lists SHA256       lists.tar is complete
//     selns-build: wanted NAME SHA256 a package to be fetched, which may be in the cache
//     selns-build: packages wanted    there is no other; archives/complete says that they are there
//     selns-build: packages fetched   archives/ has the others now; what is said later is not heard
//     selns-build: offered SHA256     of what they offer for it; the first such line counts
//     selns-build: package NAME VERSION ARCHITECTURE STATUS
//     selns-build: command N
//     selns-build: command N failed STATUS
inline constexpr std::string_view hook_mark = "selns-build: ";

} // namespace selns::bootstrap
