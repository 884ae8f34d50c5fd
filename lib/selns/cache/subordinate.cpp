#include "selns/cache/subordinate.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace selns::cache {

namespace {

// As in linux/posix_acl_xattr.h; all numbers are little-endian.
constexpr const char* acl_attribute = "system.posix_acl_access";
constexpr std::uint32_t acl_version = 2;
constexpr std::uint32_t no_id = 0xffffffff;
enum Tag : std::uint16_t {
    owner_tag = 1,
    user_tag = 2,
    group_tag = 4,
    mask_tag = 16,
    other_tag = 32
};

void put(std::string& to, std::uint32_t number, int bytes) {
    for (int i = 0; i < bytes; ++i)
        to += static_cast<char>((number >> (8 * i)) & 0xff);
}

std::string access_list(mode_t owner, mode_t inside, mode_t others, uid_t user) {
    std::string list;
    put(list, acl_version, 4);
    const auto add = [&list](Tag tag, mode_t permissions, std::uint32_t id) {
        put(list, tag, 2);
        put(list, permissions, 2);
        put(list, id, 4);
    };
    add(owner_tag, owner, no_id);
    add(user_tag, inside, user);
    add(group_tag, others, no_id);
    add(mask_tag, inside, no_id);
    add(other_tag, others, no_id);
    return list;
}

bool set_access_list(int fd, const std::string& list) {
    return ::fsetxattr(fd, acl_attribute, list.data(), list.size(), 0) == 0;
}

} // namespace

std::optional<uid_t> first_subordinate(std::string_view subuid, std::string_view user, uid_t uid) {
    for (const std::string_view line : split(subuid, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() != 3 || (fields[0] != user && fields[0] != std::to_string(uid)))
            continue;
        uid_t first = 0;
        const char* const end = fields[1].data() + fields[1].size();
        const auto [last, failed] = std::from_chars(fields[1].data(), end, first);
        if (failed == std::errc() && last == end && first != 0)
            return first;
    }
    return std::nullopt;
}

std::optional<uid_t> subordinate_root() {
    constexpr std::uint64_t limit = 16U << 20U;
    const uid_t uid = ::geteuid();
    const passwd* user = ::getpwuid(uid);
    if (uid == 0 || user == nullptr)
        return std::nullopt;
    try {
        return first_subordinate(read_file("/etc/subuid", limit), user->pw_name, uid);
    } catch (const Error&) {
        return std::nullopt;
    }
}

void keep_among_own(int fd, mode_t owner, mode_t passing) {
    const auto user = subordinate_root();
    if (user) {
        if (set_access_list(fd, access_list(owner, owner & 5U, passing, *user)))
            return;
        passing = owner & 5U;
    }
    if (::fchmod(fd, owner << 6U | passing << 3U | passing) != 0)
        throw file_error("cannot change the mode of", fd, errno);
}

bool share_for_writing(int fd) {
    const auto user = subordinate_root();
    return !user || set_access_list(fd, access_list(6, 6, 0, *user));
}

} // namespace selns::cache
