#pragma once

#include "selns/archive/reader.hpp"

#include <memory>

// Inside of this library.
namespace selns::archive {

// What stands behind a Reader.
class EntrySource {
  public:
    virtual ~EntrySource() = default;
    virtual bool next(Entry& entry) = 0;
    virtual void read_content(const Reader::Piece& piece) = 0;
    virtual int fd() const = 0;
    virtual std::uint64_t file_size() const = 0;
};

// libarchive in this process.
std::unique_ptr<EntrySource> libarchive_source(Fd fd, std::string name);
// libarchive in a sandbox, or what it said before.
std::unique_ptr<EntrySource> sandboxed_source(Fd fd, std::string name,
                                              sandbox::Transcript* transcript);

// The size of a regular file, 0 of a pipe; an Error for a directory.
struct FileFacts {
    bool regular = false;
    std::uint64_t size = 0;
};
FileFacts facts_of(const Fd& fd, const std::string& name);

} // namespace selns::archive
