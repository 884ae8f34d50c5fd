#include "selns/cache/contents.hpp"

#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace selns::cache {

namespace {

constexpr const char* stamp_name = "verified";
// A change within one tick of the kernel's clock after the stamp has the stamp's own time.
constexpr std::int64_t tick = 20'000'000; // nanoseconds

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

bool is_about_entry(const std::string& path) {
    return path == record_name || path == use_name || path == stamp_name;
}

std::string hash_of_link(const std::string& target) {
    return Fingerprint("link").add(target).hex();
}

// Nothing when PATH is neither a file nor a link, or cannot be read.
std::optional<FileRecord> content_of(const Directory& entry, const std::string& path) {
    const auto status = entry.look(path);
    if (!status)
        return std::nullopt;
    const auto size = static_cast<std::uint64_t>(status->st_size);
    if (S_ISLNK(status->st_mode))
        return FileRecord{size, hash_of_link(entry.read_link(path))};
    const Fd fd = entry.open_file(path);
    if (!fd)
        return std::nullopt;
    return FileRecord{size, sha256_of(fd.get(), path)};
}

void keep_to_user(const Directory& directory, const std::string& name, mode_t mode) {
    if ((mode & (S_IRWXG | S_IRWXO)) != 0)
        ::fchmodat(directory.fd(), name.c_str(), mode & (S_IRWXU | S_ISVTX), 0);
}

void take_below(const Directory& entry, const Directory& directory, const std::string& prefix,
                std::map<std::string, FileRecord>& contents) {
    for (const std::string& name : directory.names()) {
        const std::string path = prefix + name;
        const auto status = directory.look(name);
        if (!status || is_about_entry(path))
            continue;
        if (!S_ISLNK(status->st_mode))
            keep_to_user(directory, name, status->st_mode);
        if (const auto below = directory.find(name))
            take_below(entry, *below, path + "/", contents);
        else if (auto content = content_of(entry, path))
            contents[path] = *std::move(content);
        else if (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode))
            throw Error(ErrorKind::failed,
                        "cannot read " + printable((entry.path() / path).string()));
    }
}

struct Looks {
    std::string fingerprint;
    std::int64_t newest = 0; // change of one of the files
};

// How the files of RECORD look, without their content; nothing when one is missing.
std::optional<Looks> looks_of(const Directory& entry, const Record& record) {
    Fingerprint all("verified");
    all.add(record.sum);
    Looks looks;
    for (const auto& [path, content] : record.files) {
        const auto status = entry.look(path);
        if (!status || static_cast<std::uint64_t>(status->st_size) != content.size)
            return std::nullopt;
        const std::int64_t changed = nanoseconds(status->st_ctim);
        all.add(std::to_string(status->st_dev)).add(std::to_string(status->st_ino));
        all.add(std::to_string(nanoseconds(status->st_mtim))).add(std::to_string(changed));
        looks.newest = std::max(looks.newest, changed);
    }
    looks.fingerprint = all.hex();
    return looks;
}

bool is_stamped(const Directory& entry, const Looks& looks) {
    const Fd fd = entry.open_file(stamp_name);
    struct stat status = {};
    std::array<char, 64> said;
    return fd && ::fstat(fd.get(), &status) == 0 &&
           ::read(fd.get(), said.data(), said.size()) == std::ssize(said) &&
           std::string_view(said.data(), said.size()) == looks.fingerprint &&
           looks.newest + tick < nanoseconds(status.st_ctim);
}

} // namespace

std::map<std::string, FileRecord> take_contents(const Directory& entry) {
    std::map<std::string, FileRecord> contents;
    take_below(entry, entry, "", contents);
    return contents;
}

void stamp(const Directory& entry, const Record& record) {
    if (const auto looks = looks_of(entry, record))
        entry.write(stamp_name, looks->fingerprint);
}

std::uint64_t size_of(const Directory& entry) {
    std::uint64_t size = 0;
    for (const std::string& name : entry.names()) {
        const auto status = entry.look(name);
        if (const auto below = entry.find(name))
            size += size_of(*below);
        else if (status && S_ISREG(status->st_mode))
            size += static_cast<std::uint64_t>(status->st_size);
    }
    return size;
}

bool has_sizes(const Directory& entry, const Record& record) {
    return std::ranges::all_of(record.files, [&](const auto& file) {
        const auto status = entry.look(file.first);
        return status && static_cast<std::uint64_t>(status->st_size) == file.second.size;
    });
}

bool has_traces(const Directory& entry) {
    constexpr off_t stamp_size = 64;
    const auto stamp = entry.look(stamp_name);
    if (stamp && S_ISREG(stamp->st_mode) && stamp->st_size == stamp_size)
        return true;
    const Fd record = entry.open_file(record_name);
    char first = '{'; // also of one that a crash left empty
    return record && ::read(record.get(), &first, 1) >= 0 && first == '{';
}

bool verify(const Directory& entry, const Record& record) {
    const auto looks = looks_of(entry, record);
    if (!looks)
        return false;
    if (is_stamped(entry, *looks))
        return true;
    const bool good = std::ranges::all_of(record.files, [&](const auto& file) {
        return content_of(entry, file.first) == file.second;
    });
    if (good)
        try {
            entry.write(stamp_name, looks->fingerprint);
        } catch (const Error&) { // a cache that cannot be written serves all the same
        }
    return good;
}

} // namespace selns::cache
