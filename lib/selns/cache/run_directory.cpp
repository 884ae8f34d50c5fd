#include "selns/cache/run_directory.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/names.hpp"
#include "selns/cache/subordinate.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace selns::cache {

namespace {

constexpr std::string_view prefix = "selns-build-";
constexpr const char* fallback = "/tmp";

bool is_safe(const struct stat& status) {
    const bool trusted = status.st_uid == 0 || status.st_uid == ::geteuid();
    const bool shared = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    return S_ISDIR(status.st_mode) && trusted && (!shared || (status.st_mode & S_ISVTX) != 0);
}

// Whether other ids can pass on the way to DIRECTORY, and none of them can exchange what is on it.
bool passable(const std::filesystem::path& directory) {
    // apt's configuration cannot quote these.
    for (const char c : directory.string())
        if (c == '"' || static_cast<unsigned char>(c) < ' ')
            return false;
    std::filesystem::path way;
    for (const auto& part : directory) {
        way /= part;
        struct stat status = {};
        if (::stat(way.c_str(), &status) != 0 || !is_safe(status) ||
            (status.st_mode & S_IXOTH) == 0)
            return false;
    }
    return true;
}

// What the register keeps of a run: where its directory is, and, once it is made, its identity.
struct Left {
    std::filesystem::path parent;
    std::string identity;
};

std::string name_for(const Lock& lock) {
    return std::string(prefix) + lock.name();
}

Left read_left(const Lock& lock) {
    std::array<char, 4096> buffer;
    const ssize_t got = ::pread(lock.fd(), buffer.data(), buffer.size(), 0);
    const std::string text(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    const auto lines = split(text, '\n');
    // Complete lines only.
    return {lines.size() > 1 ? lines[0] : "", std::string(lines.size() > 2 ? lines[1] : "")};
}

// Registers a name before the directory exists, so that no kill can lose it.
Lock register_name(const Directory& directory) {
    for (;;) {
        std::string name = (directory.path() / "XXXXXX").string();
        const Fd made(::mkostemp(name.data(), O_CLOEXEC));
        if (!made)
            throw system_error("cannot write " + name, errno);
        const auto file = std::filesystem::path(name).filename().string();
        if (auto lock = Lock::attempt(directory.duplicate(), file, false))
            return std::move(*lock);
    }
}

Directory make_registered(const std::filesystem::path& path) {
    std::filesystem::create_directories(path.parent_path());
    ::mkdir(path.c_str(), 0700);
    return Directory(path);
}

std::filesystem::path make_directory(const Lock& lock) {
    const Directory parent(temporary_parent() / ".");
    const auto path = temporary_parent() / name_for(lock);
    write_all(lock.fd(), temporary_parent().string() + "\n");
    if (::mkdirat(parent.fd(), name_for(lock).c_str(), 0700) != 0) {
        const int errnum = errno;
        // Somebody else's; it must not be removed as one of ours.
        if (::ftruncate(lock.fd(), 0) != 0)
            ::unlink((path.parent_path() / lock.name()).c_str());
        throw system_error("cannot make the temporary directory " + path.string(), errnum);
    }
    try {
        write_all(lock.fd(), parent.identity(name_for(lock)) + "\n");
        keep_among_own(Directory(path).fd(), 7, 1);
    } catch (...) {
        // The register goes with its lock; nobody would find it any more.
        ::unlinkat(parent.fd(), name_for(lock).c_str(), AT_REMOVEDIR);
        throw;
    }
    return path;
}

bool gone(const std::filesystem::path& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) != 0;
}

// Removes what LOCK's run left; false when it is still there.
bool remove_left(const Lock& lock, const Remover& remover) {
    const Left left = read_left(lock);
    if (left.parent != fallback && (!left.parent.is_absolute() || !passable(left.parent)))
        return true; // no run's
    const Directory parent(left.parent / ".");
    const std::string name = name_for(lock);
    const auto is_its = [&] {
        return !left.identity.empty() && parent.identity(name) == left.identity;
    };
    // One that was made and not yet told of is empty.
    if (left.identity.empty() && !parent.identity(name).empty())
        ::unlinkat(parent.fd(), name.c_str(), AT_REMOVEDIR);
    if (is_its())
        remover(left.parent / name);
    return !is_its();
}

} // namespace

std::filesystem::path temporary_parent() {
    const char* wanted = std::getenv("TMPDIR");
    if (wanted != nullptr && *wanted == '/' && passable(wanted))
        return std::filesystem::path(wanted).lexically_normal();
    return fallback;
}

RunDirectory::RunDirectory(const std::filesystem::path& register_directory, Remover remover)
    : remover_(std::move(remover)), lock_(register_name(make_registered(register_directory))) {
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
        if (::mkdir(directory.c_str(), 0700) == 0)
            keep_among_own(Directory(directory).fd(), 7, 1);
        else if (errno != EEXIST)
            throw system_error("cannot make " + directory.string(), errno);
    }
    return directory;
}

Fd RunDirectory::create(std::string_view name, Reach reach) const {
    const auto file = path_ / name;
    make(std::filesystem::path(name).parent_path().string());
    Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd)
        throw system_error("cannot write " + file.string(), errno);
    keep_among_own(fd.get(), reach == Reach::own_program ? 7 : 6,
                   reach == Reach::everybody ? 4 : 0);
    return fd;
}

std::optional<std::filesystem::path> RunDirectory::receive(std::string_view name) const {
    const Fd fd = create(name);
    if (share_for_writing(fd.get()))
        return path_ / name;
    std::filesystem::remove(path_ / name);
    return std::nullopt;
}

std::filesystem::path RunDirectory::write(std::string_view name, std::string_view content,
                                          Reach reach) const {
    write_all(create(name, reach).get(), content);
    return path_ / name;
}

void RunDirectory::sweep(const Directory& registered, const Remover& remover) {
    for (const std::string& name : registered.names())
        if (auto lock =
                !is_run(name) ? std::nullopt : Lock::attempt(registered.duplicate(), name, false))
            if (!remove_left(*lock, remover))
                lock->keep_file();
}

} // namespace selns::cache
