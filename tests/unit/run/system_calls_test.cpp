#include "selns-run/system_calls.hpp"
#include "support/catch.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <set>

using namespace selns::run;

TEST_CASE("each system call is in one table, once") {
    std::set<int> seen;
    for (const auto& calls : {allowed_calls(), new_mount_calls(), forbidden_calls()})
        for (const int call : calls) {
            INFO(call);
            CHECK(seen.insert(call).second);
        }
    CHECK(seen.size() > 300);
}

TEST_CASE("what is refused with some arguments is allowed with others") {
    std::set<int> seen;
    int last = -1;
    for (const RefusedUse& use : refused_uses()) {
        CHECK(std::ranges::count(allowed_calls(), use.call) == 1);
        CHECK((use.call == last || seen.insert(use.call).second)); // next to each other
        last = use.call;
    }
}

TEST_CASE("calls that pass a filter, or that no policy is asked about, are not allowed") {
    for (const int call :
         {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_quotactl,
          SYS_quotactl_fd, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_move_mount,
          SYS_open_tree, SYS_mount_setattr, SYS_open_by_handle_at, SYS_bpf}) {
        INFO(call);
        CHECK(std::ranges::count(allowed_calls(), call) == 0);
    }
}
