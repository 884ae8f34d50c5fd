#include "selns/kernel/unpack.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
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

// Below one directory. Each directory on the way is opened by its one name, never through a
// symlink.
class Unpacking {
  public:
    Unpacking(const fs::path& directory, Symlinks symlinks, const tree::Limits& limits)
        : top_(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), kept_(symlinks),
          rest_(limits) {
        if (!top_)
            throw system_error("cannot write below " + directory.string(), errno);
    }

    void take(archive::Reader& archive, const archive::Entry& entry, const std::string& path) {
        require_inside(path);
        limit(entry, path);
        if (entry.hard_link)
            refuse(path, "a hard link was not expected here");
        if (entry.type == FileType::directory)
            enter(path);
        else if (entry.type == FileType::symlink && kept_ == Symlinks::left_out)
            return;
        else if (entry.type == FileType::symlink)
            symlinks_.emplace_back(path, entry.symlink);
        else if (entry.type == FileType::regular)
            write(archive, entry, path);
        else
            refuse(path, "neither a file nor a directory nor a symlink");
    }

    void finish() {
        for (const auto& [path, target] : symlinks_) {
            const Target at = target_of(path);
            if (::symlinkat(target.c_str(), enter(at.directory), at.name.c_str()) != 0)
                throw failed(path);
        }
    }

  private:
    struct Target {
        std::string directory; // "" is the top
        std::string name;
    };

    static Target target_of(const std::string& path) {
        const auto slash = path.rfind('/');
        if (slash == std::string::npos)
            return {"", path};
        return {path.substr(0, slash), path.substr(slash + 1)};
    }

    static Error failed(const std::string& path) {
        if (errno == EEXIST || errno == ENOTDIR || errno == ELOOP)
            return Error(ErrorKind::invalid_input,
                         "entry " + printable(path) + ": another entry is in its place");
        return system_error("cannot write " + printable(path), errno);
    }

    void limit(const archive::Entry& entry, const std::string& path) {
        if (entry.size < 0)
            refuse(path, "its size is negative");
        const auto size = static_cast<std::uint64_t>(entry.size);
        const std::uint64_t words = path.size() + entry.symlink.size();
        if (rest_.entries-- == 0 || words > rest_.metadata)
            refuse(path, "more files than a kernel has");
        if (size > rest_.content)
            refuse(path, "its files are larger together than a kernel's");
        if (path.size() >= PATH_MAX ||
            static_cast<std::size_t>(std::ranges::count(path, '/')) >= rest_.depth)
            refuse(path, "too many directories in each other");
        rest_.metadata -= words;
        rest_.content -= size;
    }

    // The directory PATH, which is made when it is not there.
    int enter(const std::string& path) {
        if (path.empty())
            return top_.get();
        if (current_ && path == current_path_)
            return current_.get();
        Fd at;
        for (const std::string_view part : split(path, '/')) {
            const std::string name(part);
            const int parent = at ? at.get() : top_.get();
            if (::mkdirat(parent, name.c_str(), 0777) != 0 && errno != EEXIST)
                throw failed(path);
            at = Fd(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!at)
                throw failed(path);
        }
        current_ = std::move(at);
        current_path_ = path;
        return current_.get();
    }

    void write(archive::Reader& archive, const archive::Entry& entry, const std::string& path) {
        const auto declared = static_cast<std::uint64_t>(entry.size); // which limit() has counted
        const Target at = target_of(path);
        const Fd fd(::openat(enter(at.directory), at.name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             (entry.mode & 0100U) != 0 ? 0755 : 0644));
        if (!fd)
            throw failed(path);
        // A hole reads as zeros; kernels and sources have none that matters at their end.
        archive.read_content([&](std::uint64_t offset, std::string_view data) {
            if (data.size() > declared || offset > declared - data.size())
                refuse(path, "it is longer than it says");
            if (::lseek(fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
                throw failed(path);
            write_all(fd.get(), data);
        });
    }

    Fd top_;
    Symlinks kept_;
    tree::Limits rest_;
    Fd current_; // the last directory, which need not be opened again
    std::string current_path_;
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

void unpack(archive::Reader& archive, const fs::path& directory, const Place& place,
            Symlinks symlinks, const tree::Limits& limits) {
    Unpacking unpacking(directory, symlinks, limits);
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
