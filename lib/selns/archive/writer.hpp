#pragma once

#include "selns/archive/entry.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace selns::archive {

// Writes an uncompressed pax tar, or a newc cpio as the kernel takes it for an initramfs. The same
// entries give the same bytes whatever the user's locale: no times but the mtime, no names of
// users, extended attributes once (as SCHILY.xattr, which GNU tar reads; a cpio has none). A
// failure is an Error that names the entry.
class Writer {
  public:
    enum class Format { pax, newc };

    // OUTPUT gets the archive in pieces; what it throws comes out of the call that caused it, and
    // ends the archive.
    explicit Writer(std::function<void(std::string_view)> output, Format format = Format::pax);
    ~Writer();
    Writer(Writer&& other) noexcept;
    Writer& operator=(Writer&& other) noexcept;

    // Starts an entry; entry.size bytes must follow through data(). A hard link has no content.
    void entry(const Entry& entry);
    void data(std::string_view bytes);
    // Ends the archive. Without it, what was written is no complete archive.
    void finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace selns::archive
