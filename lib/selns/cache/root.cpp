#include "selns/cache/root.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/lock.hpp"
#include "selns/cache/names.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
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

// What the mark of ROOT says: it is of this very directory, not of one that was copied from it.
std::string mark_of(const Directory& root) {
    return std::string(mark) + "# " + root.identity(".") + "\n";
}

// At most as much as a mark has.
std::string said_in(const Directory& root) {
    const Fd fd = root.open_file(mark_name);
    std::array<char, 512> buffer;
    const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
    return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

bool is_marked(const Directory& root) {
    return !root.identity(".").empty() && said_in(root) == mark_of(root);
}

// Without a mark of before, or one that a crash left empty.
std::vector<std::string> names_in(const Directory& root) {
    auto names = root.names();
    const auto status = root.look(mark_name);
    if (status && (status->st_size == 0 || said_in(root).starts_with(mark)))
        std::erase(names, mark_name);
    return names;
}

// "bootstrap/0123...": nothing but directories that are called like keys.
bool holds_entries(const Directory& kind) {
    return std::ranges::all_of(kind.names(), [&](const std::string& name) {
        return is_key(name) && kind.find(name).has_value();
    });
}

// Whether all that NAME of ROOT holds is called as this program would call it.
bool is_own(const Directory& root, const std::string& name) {
    static const std::map<std::string_view, bool (*)(std::string_view)> folders = {
        {"locks", is_lock}, {"outputs", is_state}, {"run", is_run}, {"staging", is_staged}};
    const auto directory = root.find(name);
    if (directory && is_kind(name))
        return holds_entries(*directory);
    const auto folder = folders.find(name);
    return directory && folder != folders.end() &&
           std::ranges::all_of(directory->names(), folder->second);
}

// What versions before the mark have left, and copies of a cache: all of them have locks/, and
// nothing but directories.
bool is_unmarked_cache(const Directory& root, const std::vector<std::string>& names) {
    return std::ranges::find(names, "locks") != names.end() &&
           std::ranges::all_of(names, [&](const std::string& name) { return is_own(root, name); });
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

// Whoever comes first marks it; others wait meanwhile, but not for as long as the first then has it
// together with others.
void mark_as_cache(const Directory& root, const Interrupt& interrupt) {
    const Fd alone = lock_alone(root, interrupt, [&] { return is_marked(root); });
    if (is_marked(root))
        return;
    if (const auto names = names_in(root); !names.empty() && !is_unmarked_cache(root, names))
        throw Error(ErrorKind::failed,
                    "not a cache of selns-build: " + printable(root.path().string()) +
                        " holds other files, and no " + mark_name + " of its own")
            .hint("nothing in it was touched; " + std::string(another));
    root.write(mark_name, mark_of(root));
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
