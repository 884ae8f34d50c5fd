#pragma once

struct archive;

namespace selns::archive {

// Lets HANDLE, which reads, undo what libarchive undoes by itself. Without a compression's library
// it would run a program instead; such a compression is left out.
void support_compressions(struct ::archive* handle);

} // namespace selns::archive
