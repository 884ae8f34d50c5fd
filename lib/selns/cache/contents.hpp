#pragma once

#include "selns/cache/directory.hpp"
#include "selns/cache/record.hpp"

#include <map>
#include <string>

namespace selns::cache {

// What is in an entry, held against what its record says.

// The files and symbolic links below ENTRY, without what is kept about the entry itself. On the
// way, all modes are reduced to what the user has.
std::map<std::string, FileRecord> take_contents(const Directory& entry);
// Remembers that RECORD, as read from ENTRY, is true of it, in a stamp of how its files look now.
void stamp(const Directory& entry, const Record& record);

// Bytes of all files below ENTRY, whatever they are.
std::uint64_t size_of(const Directory& entry);
// Whether there is something of what is kept about an entry: a damaged one has it, and a directory
// that was never an entry has not.
bool has_traces(const Directory& entry);
// Whether all files have the sizes that RECORD says.
bool has_sizes(const Directory& entry, const Record& record);
// Whether all files have the content that RECORD says. They are only read when one has changed
// (inode, size, time of modification or of change) since they were last found to be true: whoever
// writes to a file changes the latter, which nobody can set.
bool verify(const Directory& entry, const Record& record);

} // namespace selns::cache
