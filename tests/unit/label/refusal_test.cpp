#include "selns/label/refusal.hpp"
#include "support/catch.hpp"

#include <cerrno>

using namespace selns;

namespace {

Error written(int errnum) {
    return label::label_not_written("/root/etc/a\nb", "u:r:t:s0", errnum);
}

} // namespace

TEST_CASE("what refuses a label is told apart, with what to do") {
    for (const int errnum : {EPERM, EACCES, EINVAL, EROFS, ENOSPC, EIO})
        CHECK_THAT(written(errnum).message(),
                   ContainsSubstring("cannot label /root/etc/a\\x0ab as u:r:t:s0: "));
    CHECK_THAT(written(EPERM).hint(), ContainsSubstring("CAP_SYS_ADMIN"));
    CHECK_THAT(written(EPERM).hint(), ContainsSubstring("chattr"));
    CHECK_THAT(written(EACCES).hint(), ContainsSubstring("may relabel"));
    CHECK_THAT(written(EROFS).hint(), ContainsSubstring("remount"));
    CHECK(!written(ENOSPC).hint().empty());
}

// What a host with SELinux says about a context of another policy.
TEST_CASE("a host whose policy does not know a context is told") {
    const Error error = written(EINVAL);
    CHECK_THAT(error.message(), ContainsSubstring("this host's SELinux policy does not know it"));
    CHECK_THAT(error.hint(), ContainsSubstring("mac_admin"));
}

TEST_CASE("a file system that keeps no labels is told, reading and writing") {
    for (const Error& error : {written(ENOTSUP), label::label_not_read("/root/a", ENOTSUP)}) {
        CHECK_THAT(error.message(), ContainsSubstring("keeps no security labels"));
        CHECK_THAT(error.hint(), ContainsSubstring("ext4"));
    }
    CHECK_THAT(label::label_not_read("/root/a", EACCES).message(),
               ContainsSubstring("cannot read the label of /root/a: Permission denied"));
}
