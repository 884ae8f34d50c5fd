#include "selns-run/denials.hpp"
#include "support/catch.hpp"

using namespace selns::run;

TEST_CASE("the processes that descend from one are known") {
    Family family(10);
    family.forked(10, 11, 0);
    family.forked(11, 12, 0);
    family.forked(1, 13, 0);
    CHECK(family.has(10));
    CHECK(family.has(12));
    CHECK_FALSE(family.has(13));
    CHECK_FALSE(family.has(1));

    SECTION("for a while after they have ended") {
        family.ended(12, 5);
        CHECK(family.has(12));
        family.forked(10, 14, 12);
        CHECK(family.has(12));
        family.forked(10, 15, 30);
        CHECK_FALSE(family.has(12));
        CHECK(family.has(11));
    }
    SECTION("until another process gets the number") {
        family.ended(12, 5);
        family.forked(1, 12, 6);
        CHECK_FALSE(family.has(12));
    }
    SECTION("many short-lived ones take no memory") {
        for (pid_t pid = 100; pid < 100'000; ++pid) {
            family.forked(11, pid, pid / 100);
            family.ended(pid, pid / 100);
        }
        CHECK(family.size() < 5000);
    }
}

TEST_CASE("a denial's process is what the kernel says it is") {
    const std::string start = "audit(1795343295.390:4): avc:  denied  { read write } for  ";
    CHECK(denied_process(start + "pid=113 comm=\"cat\" scontext=a:b:c") == 113);
    CHECK(denied_process(start + "pid=113 comm=\" pid=1 \"") == 113);
    CHECK_FALSE(denied_process(start + "comm=\"cat\""));
    CHECK_FALSE(denied_process(start + "pid=-1 comm=\"cat\""));
    CHECK_FALSE(denied_process(start + "pid=99999999999999 comm=\"cat\""));
    CHECK_FALSE(denied_process("audit(1:2): avc:  granted  { load_policy } for  pid=113"));
    CHECK_FALSE(denied_process("audit(1:2): arch=c000003e syscall=59 pid=113"));
    CHECK_FALSE(denied_process(""));
    CHECK(denied_process("pid=1 uid=0 subj=a:b:c msg='avc:  denied  { start } for  path=x'") ==
          std::nullopt);
}
