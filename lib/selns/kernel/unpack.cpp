#include "selns/kernel/unpack.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const char* why) {
    throw Error(ErrorKind::invalid_input, "entry " + printable(path) + ": " + why);
}

void require_inside(const std::string& path) {
    for (const std::string_view part : split(path, '/'))
        if (part.empty() || part == "." || part == "..")
            refuse(path, "its path leads out of the archive");
}

class Unpacking {
  public:
    explicit Unpacking(const fs::path& directory) : directory_(directory) {}

    void take(archive::Reader& archive, const archive::Entry& entry, const std::string& path) {
        require_inside(path);
        if (entry.hard_link)
            refuse(path, "a hard link was not expected here");
        if (entry.type == archive::EntryType::directory)
            make_directory(directory_ / path);
        else if (entry.type == archive::EntryType::symlink)
            symlinks_.emplace_back(path, entry.symlink);
        else if (entry.type == archive::EntryType::regular)
            write(archive, path, (entry.mode & 0100U) != 0);
        else
            refuse(path, "neither a file nor a directory nor a symlink");
    }

    void finish() {
        for (const auto& [path, target] : symlinks_) {
            make_directory((directory_ / path).parent_path());
            if (::symlink(target.c_str(), (directory_ / path).c_str()) != 0)
                throw failed(path);
        }
    }

  private:
    static Error failed(const std::string& path) {
        return system_error("cannot write " + printable(path), errno);
    }

    void make_directory(const fs::path& path) const {
        std::error_code error;
        fs::create_directories(path, error);
        if (error)
            throw system_error("cannot write " +
                                   printable(path.lexically_relative(directory_).string()),
                               error.value());
    }

    void write(archive::Reader& archive, const std::string& path, bool executable) {
        const fs::path file = directory_ / path;
        if (file.parent_path() != made_) {
            made_ = file.parent_path();
            make_directory(made_);
        }
        const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           executable ? 0755 : 0644));
        if (!fd)
            throw failed(path);
        // A hole reads as zeros; kernels and sources have none that matters at their end.
        archive.read_content([&](std::uint64_t offset, std::string_view data) {
            if (::lseek(fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
                throw failed(path);
            write_all(fd.get(), data);
        });
    }

    const fs::path& directory_;
    fs::path made_; // the last directory, which need not be made again
    std::vector<std::pair<std::string, std::string>> symlinks_;
};

} // namespace

std::string_view plain_path(std::string_view path) {
    while (path.starts_with("./"))
        path.remove_prefix(2);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

void unpack(archive::Reader& archive, const fs::path& directory, const Place& place) {
    Unpacking unpacking(directory);
    archive::Entry entry;
    while (archive.next(entry)) {
        const std::string name(plain_path(entry.path));
        if (name.empty() || name == ".") // the directory itself
            continue;
        if (const auto path = place(name))
            unpacking.take(archive, entry, *path);
    }
    unpacking.finish();
}

} // namespace selns::kernel
