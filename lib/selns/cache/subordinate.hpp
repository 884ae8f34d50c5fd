#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

namespace selns::cache {

// The id that is root in the user namespaces that mmdebstrap makes for this user: the first of the
// subordinate ids. Nothing for root, who needs none, and for a user without.
std::optional<uid_t> subordinate_root();

// The first id that SUBUID, the text of /etc/subuid, gives USER, by name or by UID.
std::optional<uid_t> first_subordinate(std::string_view subuid, std::string_view user, uid_t uid);

// Gives the owner of the file or directory FD the permission bits OWNER, subordinate_root() the
// same but for writing, and everybody else PASSING. Where the file system has no access control
// lists, a user with subordinate ids opens it to all others instead.
void keep_among_own(int fd, mode_t owner, mode_t passing);

// Lets nobody but its owner and subordinate_root() read and write the file FD. False where the file
// system has no access control lists.
bool share_for_writing(int fd);

} // namespace selns::cache
