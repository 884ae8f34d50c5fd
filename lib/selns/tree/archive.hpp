#pragma once

#include "selns/archive/reader.hpp"
#include "selns/base/file.hpp"
#include "selns/tree/disk.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace selns::tree {

// What an archive or a directory may hold. The default is far above any image, and far below what a
// small archive could make of a machine's memory; for what comes from others there is
// from_others().
struct Limits {
    std::uint64_t entries = 4'000'000;
    std::size_t inodes = 2'000'000;
    std::uint64_t metadata = 512U << 20U;            // bytes of names, targets, xattrs
    std::uint64_t content = std::uint64_t{1} << 40U; // bytes, holes included
    std::size_t depth = 4096;                        // components of a path
    bool any_device = true; // else only those that every /dev has: null, zero, tty, ...
    bool any_sparse = true; // else a directory holds what from_others() allows for its disk space

    // For an archive of SIZE bytes as it came, compressed or not; for a directory without.
    static Limits from_others(std::uint64_t size = std::numeric_limits<std::uint64_t>::max());
};

// Reads ARCHIVE, a tar of any dialect or a cpio, in any compression that libarchive undoes by
// itself, and writes it to OUTPUT as one uncompressed pax tar with a stable form: normalising that
// again gives the same bytes. Every entry is checked on the way: an absolute path, a "..", a hard
// link to nowhere or through a symlink, a path below a file or a symlink, a socket is an Error
// (invalid_input) that names ARCHIVE and the entry. Nothing is executed or unpacked.
void normalise(const std::filesystem::path& archive, const std::filesystem::path& output);

// The Tree of an archive; the same checks as normalise() makes. Of entries with the same path the
// last one counts. Content of an uncompressed tar stays in the file, which must not change while
// the Tree lives; other content is kept in memory while it is little, else in a temporary file
// without a name. Access control lists (SCHILY.acl) are not taken.
// TRANSCRIPT: see archive::Reader.
Tree read_archive(const std::filesystem::path& archive, const Limits& limits = {},
                  sandbox::Transcript* transcript = nullptr);
// The same of what READER gives; NAME is the archive's, for messages.
Tree read_archive(archive::Reader& reader, const std::string& name, const Limits& limits = {});

// Applies a layer of a container image to BASE: the tar FD, without compression, which NAME calls
// in messages. An entry ".wh.X" removes X, ".wh..wh..opq" what its directory had in BASE, before
// anything of the layer is put there; of what exists, files replace directories and the other way.
// The checks are those of read_archive(): nothing leads out, and no entry is followed through a
// symlink. What it takes is subtracted from REST. After an Error, BASE can only be destroyed or
// assigned to.
void apply_layer(Tree& base, Fd fd, const std::string& name, Limits& rest);

// Writes TREE as a pax tar, in walk order, deterministic: the same tree gives the same bytes.
// Names are stored as "./etc/passwd", the root as "./". Contexts are stored as
// SCHILY.xattr.security.selinux with the trailing NUL that the kernel writes, other xattrs
// likewise. ADVANCE, when given, is called with the bytes of content written so far. What a tar
// cannot hold (a socket, an xattr whose name is not printable ASCII) is an Error.
void write_tar(const Tree& tree, const std::function<void(std::string_view)>& output,
               const std::function<void(std::uint64_t)>& advance = {});

// A directory of this machine as a Tree (owner 0:0, mtimes set to MTIME, modes kept, no xattrs;
// devices and sockets refused), for overlays. Symlinks are taken as symlinks, each name of a hard
// link as a file of its own. Nothing outside of it is reached, whatever others do to it meanwhile
// (see Disk). Content stays in the files, which are opened when it is read; one that was replaced
// or resized by then is an Error. What is beyond LIMITS is an Error (invalid_input).
Tree read_directory(const std::filesystem::path& directory, Timestamp mtime,
                    const Limits& limits = {});
Tree read_directory(Disk directory, Timestamp mtime, const Limits& limits);

// The same for a directory that is the root of a file system: owners, times, extended attributes
// and hard links are kept, and the devices that every /dev has. What belongs to this process's user
// or group belongs to root. Sockets are left out, and what is mounted below. A device elsewhere is
// an Error (invalid_input).
Tree read_root(const std::filesystem::path& directory,
               const Limits& limits = Limits::from_others());

// Puts every inode of UPPER over BASE at TARGET, with UPPER's root as TARGET itself. Directories
// that exist keep their metadata; a symlink to a directory serves as that directory. A directory
// over a file is an Error (invalid_input).
void overlay(Tree& base, const Tree& upper, std::string_view target);

// Writes the part of TREE below PATHS into the directory DIRECTORY_FD, which must be empty: each
// with its parents, and with the symlinks that lead to it; a path that does not exist is left out.
// For sandboxes: modes and the mtimes of files are kept; owners and xattrs are not; devices, fifos
// and sockets are left out; symlinks are written as they are, and never followed here. Only use it
// where "/" is DIRECTORY_FD's file system.
void extract(const Tree& tree, const std::vector<std::string>& paths, int directory_fd);

} // namespace selns::tree
