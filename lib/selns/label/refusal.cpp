#include "selns/label/refusal.hpp"

#include "selns/base/text.hpp"

#include <cerrno>

namespace selns::label {

namespace {

Error no_labels(const std::string& path) {
    return Error(ErrorKind::failed, printable(path) + ": this file system keeps no security labels")
        .hint("copy the tree to ext4, xfs, btrfs or tmpfs, or build an image: that needs no file "
              "system with labels");
}

} // namespace

Error label_not_read(const std::string& path, int errnum) {
    return errnum == ENOTSUP ? no_labels(path)
                             : system_error("cannot read the label of " + printable(path), errnum);
}

Error label_not_written(const std::string& path, const std::string& context, int errnum) {
    const std::string what = "cannot label " + printable(path) + " as " + printable(context);
    switch (errnum) {
    case ENOTSUP:
        return no_labels(path);
    case EPERM:
        return system_error(what, errnum)
            .hint(
                "writing labels needs root (CAP_SYS_ADMIN), and that of a user namespace only "
                "serves for what is mounted in it; an immutable file (chattr +i) keeps its label");
    case EACCES:
        return system_error(what, errnum)
            .hint(
                "writing labels needs root (CAP_SYS_ADMIN); on a host that enforces SELinux, also "
                "a domain that may relabel these files");
    case EINVAL:
        return Error(ErrorKind::failed, what + ": this host's SELinux policy does not know it")
            .hint("run it in a domain with the permission capability2 mac_admin, which may write "
                  "labels of other policies; or build an image, which asks no host");
    case EROFS:
        return system_error(what, errnum).hint("remount it for writing");
    default:
        return system_error(what, errnum);
    }
}

} // namespace selns::label
