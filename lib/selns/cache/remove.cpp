#include "selns/cache/remove.hpp"

#include "selns/base/error.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/directory.hpp"
#include "selns/process/process.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace selns::cache {

namespace {

constexpr int attempts = 10;
constexpr useconds_t pause_us = 200000;

// mountinfo writes blanks, tabs, newlines and backslashes as \OOO.
std::string unescape(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool octal = text[i] == '\\' && i + 3 < text.size() &&
                           text.substr(i + 1, 3).find_first_not_of("01234567") == text.npos;
        if (octal) {
            result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                        (text[i + 3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

void detach_mounts(const std::filesystem::path& directory) {
    constexpr std::size_t mount_point_field = 4;
    const std::string prefix = directory.string() + "/";
    std::vector<std::string> below;
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        const auto fields = split_words(line);
        if (fields.size() <= mount_point_field)
            continue;
        std::string point = unescape(fields[mount_point_field]);
        if (point.starts_with(prefix))
            below.push_back(std::move(point));
    }
    // The later one may lie on top of the earlier.
    std::reverse(below.begin(), below.end());
    for (const std::string& point : below)
        ::umount2(point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
}

bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() !=
           std::filesystem::file_type::not_found;
}

void try_run(process::Runner& runner, std::vector<std::string> argv) {
    process::Command command;
    command.argv = std::move(argv);
    command.directory = "/";
    try {
        runner.run(command);
    } catch (const Error&) { // the program is missing; the caller looks at what is left
    }
}

} // namespace

void remove_bootstrapped(const std::filesystem::path& directory) {
    const Interrupt never;
    process::SystemRunner runner(never);
    // By its path: a caller with a strange PATH leaves nothing behind either.
    const std::vector<std::string> rm = {"/bin/rm", "-rf", "--one-file-system", "--",
                                         directory.string()};
    std::vector<std::string> as_subordinate = {"mmdebstrap", "--unshare-helper"};
    as_subordinate.insert(as_subordinate.end(), rm.begin(), rm.end());

    for (int attempt = 0; attempt < attempts && is_there(directory); ++attempt) {
        if (attempt > 0)
            ::usleep(pause_us);
        if (::geteuid() == 0)
            detach_mounts(directory);
        remove_plain(directory);
        if (::geteuid() != 0 && is_there(directory))
            try_run(runner, as_subordinate);
        // Also what is nested deeper than there are descriptors.
        if (is_there(directory))
            try_run(runner, rm);
    }
}

void remove_plain(const std::filesystem::path& directory) {
    try {
        Directory(directory.parent_path() / ".").remove(directory.filename().string());
    } catch (const Error&) { // no such parent: nothing to remove
    }
}

} // namespace selns::cache
