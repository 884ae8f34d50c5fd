#pragma once

#include "selns/archive/entry.hpp"
#include "selns/base/file.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace selns::sandbox {
class Transcript;
}

namespace selns::archive {

// Reads a tar of any dialect or a cpio, in any compression that libarchive undoes by itself: no
// program is run. libarchive does it in a sandbox. Nothing is unpacked. Every failure is an Error
// that names the archive, and the entry when there is one; what is wrong with the archive is
// ErrorKind::invalid_input.
class Reader {
  public:
    // Reads FD, a regular file (from its start) or a pipe. NAME is for messages. TRANSCRIPT, which
    // must outlive the reader, gets what the sandbox says, or says it again; one of an archive with
    // content that does not lie in the file as it is is not worth keeping.
    Reader(Fd fd, std::string name, sandbox::Transcript* transcript = nullptr);
    ~Reader();
    Reader(Reader&& other) noexcept;
    Reader& operator=(Reader&& other) noexcept;

    // libarchive in this process: inside of a sandbox, and nowhere else.
    static Reader in_this_process(Fd fd, std::string name);

    // The next entry; false at the end. Content that was not read is skipped.
    bool next(Entry& entry);

    // The content of the current entry, piece by piece in order; of a sparse one the data between
    // the holes. Can be called once per entry.
    using Piece = std::function<void(std::uint64_t offset, std::string_view data)>;
    void read_content(const Piece& piece);

    // The descriptor that Entry::data_offset refers to, and the size of the file.
    int fd() const;
    std::uint64_t file_size() const;

  private:
    struct Impl;
    explicit Reader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace selns::archive
