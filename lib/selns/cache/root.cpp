#include "selns/cache/root.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace selns::cache {

namespace {

constexpr const char* mark_name = "CACHEDIR.TAG";
// The first line is what https://bford.info/cachedir asks for.
constexpr std::string_view mark = "Signature: 8a477f597d28d172789f06886806bc55\n"
                                  "# This directory is a cache of selns-build, format 1.\n"
                                  "# `selns-build cache clean` empties it.\n";

constexpr const char* another = "set XDG_CACHE_HOME to a directory for caches that is yours alone";

bool is_marked(const Directory& root) {
    const Fd fd = root.open_file(mark_name);
    std::array<char, mark.size() + 1> buffer;
    const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
    return got > 0 && std::string_view(buffer.data(), static_cast<std::size_t>(got)) == mark;
}

// "bootstrap/0123...": nothing but directories that are called like keys.
bool holds_entries(const Directory& kind) {
    const auto is_key = [](const std::string& name) {
        return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == name.npos;
    };
    return std::ranges::all_of(kind.names(), [&](const std::string& name) {
        return is_key(name) && kind.find(name).has_value();
    });
}

// Without a mark that a crash left empty.
std::vector<std::string> names_in(const Directory& root) {
    auto names = root.names();
    if (const auto status = root.look(mark_name); status && status->st_size == 0)
        std::erase(names, mark_name);
    return names;
}

// What versions before the mark have left: all of them made locks/, and nothing but directories.
bool is_of_earlier_version(const Directory& root, const std::vector<std::string>& names) {
    constexpr std::array<std::string_view, 4> fixed = {"locks", "outputs", "run", "staging"};
    return std::ranges::find(names, "locks") != names.end() &&
           std::ranges::all_of(names, [&](const std::string& name) {
               const auto directory = root.find(name);
               return directory &&
                      (std::ranges::find(fixed, name) != fixed.end() || holds_entries(*directory));
           });
}

void require_own(const Directory& root) {
    struct stat status = {};
    if (::fstat(root.fd(), &status) != 0)
        throw system_error("cannot look at the cache " + root.path().string(), errno);
    const std::string name = "the cache " + printable(root.path().string());
    if (status.st_uid != ::geteuid())
        throw Error(ErrorKind::failed,
                    name + " belongs to another user (" + std::to_string(status.st_uid) + ")")
            .hint(another);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw Error(ErrorKind::failed, name + " can be written to by others")
            .hint("nothing in it can be trusted; remove it, or " + std::string(another));
}

// Whoever comes first marks it; others wait meanwhile.
void mark_as_cache(const Directory& root, const Interrupt& interrupt) {
    const Fd alone = lock_alone(root, interrupt);
    if (is_marked(root))
        return;
    if (const auto names = names_in(root); !names.empty() && !is_of_earlier_version(root, names))
        throw Error(ErrorKind::failed,
                    "not a cache of selns-build: " + printable(root.path().string()) +
                        " holds other files, or lacks its " + mark_name)
            .hint("nothing in it was touched; " + std::string(another));
    root.write(mark_name, mark);
}

} // namespace

Directory open_root(const std::filesystem::path& path, const Interrupt& interrupt) {
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed || (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST))
        throw system_error("cannot make the cache " + path.string(),
                           failed ? failed.value() : errno)
            .hint("set XDG_CACHE_HOME to a directory that can be written");
    if (std::filesystem::is_symlink(path, failed))
        throw Error(ErrorKind::failed,
                    "the cache " + printable(path.string()) + " is a symbolic link")
            .hint("set XDG_CACHE_HOME to the directory that holds what it leads to");
    Directory root(path);
    require_own(root);
    if (!is_marked(root))
        mark_as_cache(root, interrupt);
    ::fchmod(root.fd(), 0700);
    return root;
}

} // namespace selns::cache
