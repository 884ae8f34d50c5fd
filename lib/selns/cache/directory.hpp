#pragma once

#include "selns/base/file.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::cache {

// An open directory. What is below it is reached from its descriptor: no symbolic link is followed
// and no mount point entered, whoever changes names meanwhile.
class Directory {
  public:
    // PATH may lead through links, but must not be one itself.
    explicit Directory(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; } // for messages and tools
    int fd() const { return fd_.get(); }
    Directory duplicate() const; // shares its locks

    // Nothing when NAME is no directory, or a mount point.
    std::optional<Directory> find(const std::string& name) const;
    // Made with mode 0700 when it is missing; an Error when it is something else.
    Directory make(const std::string& name) const;
    // Sorted; an Error when they cannot all be read.
    std::vector<std::string> names() const;

    // Empty when it is no regular file, or missing.
    Fd open_file(const std::string& path) const;
    // Makes or replaces a file of mode 0600.
    void write(const std::string& name, std::string_view content) const;
    // Of NAME itself, not of what a link leads to.
    std::optional<struct stat> look(const std::string& path) const;
    // What the symbolic link says.
    std::string read_link(const std::string& path) const;

    // What tells the directory NAME from all others that had or will have its name ("." is this
    // one): device, inode and time of birth. Empty when it is none, or another user's.
    std::string identity(const std::string& name) const;

    // NAME with all that is below. Does not throw; what cannot be removed stays.
    void remove(const std::string& name) const;

  private:
    Directory(std::filesystem::path path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    std::filesystem::path path_;
    Fd fd_;
};

} // namespace selns::cache
