#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/tree/tree.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace selns::boot {

// The last messages of systemd units, oldest first, by their names. Printable; each is one line.
using UnitLines = std::map<std::string, std::vector<std::string>>;

// What the processes of UNITS, of the first 20, said last in the journal that journald left in
// TREE, in the boot that it ends with. Empty without a journal on the disk, as where Storage= is
// volatile; a file that is damaged is read as far as it makes sense.
UnitLines last_messages(const tree::Tree& tree, const std::vector<std::string>& units,
                        const Interrupt& interrupt);

// The same of one journal file, whose format is described at
// https://systemd.io/JOURNAL_FILE_FORMAT/. Messages that are compressed, which are long ones, are
// undone if libarchive can.
UnitLines last_messages(std::string_view file, const std::vector<std::string>& units);

} // namespace selns::boot
