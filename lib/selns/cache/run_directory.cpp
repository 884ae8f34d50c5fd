#include "selns/cache/run_directory.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace selns::cache {

namespace {

constexpr std::string_view prefix = "selns-build-";

bool passable(const std::filesystem::path& directory) {
    // apt's configuration cannot quote these.
    for (const char c : directory.string())
        if (c == '"' || static_cast<unsigned char>(c) < ' ')
            return false;
    std::filesystem::path way;
    for (const auto& part : directory) {
        way /= part;
        struct stat status = {};
        if (::stat(way.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
            (status.st_mode & S_IXOTH) == 0)
            return false;
    }
    return true;
}

void set_mode(const std::filesystem::path& path, mode_t mode) {
    if (::chmod(path.c_str(), mode) != 0)
        throw system_error("cannot change the mode of " + path.string(), errno);
}

// Registers a name before the directory exists, so that no kill can lose it.
Lock register_name(const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    for (;;) {
        std::string name = (directory / "XXXXXX").string();
        const Fd made(::mkostemp(name.data(), O_CLOEXEC));
        if (!made)
            throw system_error("cannot write " + name, errno);
        if (auto lock = Lock::attempt(name, false))
            return std::move(*lock);
    }
}

std::filesystem::path make_directory(const Lock& lock) {
    const auto path = temporary_parent() / (std::string(prefix) + lock.file().filename().string());
    write_all(lock.fd(), path.string());
    if (::mkdir(path.c_str(), 0755) != 0) {
        const int errnum = errno;
        // Somebody else's; it must not be removed as one of ours.
        if (::ftruncate(lock.fd(), 0) != 0)
            ::unlink(lock.file().c_str());
        throw system_error("cannot make the temporary directory " + path.string(), errnum);
    }
    set_mode(path, 0755);
    return path;
}

bool is_ours(const std::filesystem::path& path) {
    struct stat status = {};
    return path.is_absolute() && path.filename().string().starts_with(prefix) &&
           ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == ::geteuid();
}

bool gone(const std::filesystem::path& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) != 0;
}

std::string read_name(int fd) {
    std::array<char, 4096> buffer;
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), 0);
    return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

} // namespace

std::filesystem::path temporary_parent() {
    const char* wanted = std::getenv("TMPDIR");
    if (wanted != nullptr && *wanted == '/' && passable(wanted))
        return std::filesystem::path(wanted).lexically_normal();
    return "/tmp";
}

RunDirectory::RunDirectory(const std::filesystem::path& register_directory, Remover remover)
    : remover_(std::move(remover)), lock_(register_name(register_directory)) {
    path_ = make_directory(lock_);
}

RunDirectory::~RunDirectory() {
    remover_(path_);
    if (!gone(path_))
        lock_.keep_file();
}

std::filesystem::path RunDirectory::make(std::string_view name) const {
    std::filesystem::path directory = path_;
    for (const auto& part : std::filesystem::path(name)) {
        directory /= part;
        std::filesystem::create_directory(directory);
        set_mode(directory, 0755);
    }
    return directory;
}

std::filesystem::path RunDirectory::write(std::string_view name, std::string_view content,
                                          bool executable) const {
    const auto file = path_ / name;
    make(std::filesystem::path(name).parent_path().string());
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd)
        throw system_error("cannot write " + file.string(), errno);
    write_all(fd.get(), content);
    set_mode(file, executable ? 0755 : 0644);
    return file;
}

void RunDirectory::sweep(const std::filesystem::path& register_directory, const Remover& remover) {
    std::error_code ignored;
    for (const auto& file : std::filesystem::directory_iterator(register_directory, ignored)) {
        auto lock = Lock::attempt(file.path(), false);
        if (!lock)
            continue;
        const std::filesystem::path path = read_name(lock->fd());
        if (is_ours(path))
            remover(path);
        if (is_ours(path))
            lock->keep_file();
    }
}

} // namespace selns::cache
