#include "selns-run/denials.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

using namespace selns;
using namespace selns::run;

namespace {

// Has the kernel's audit log say that this process was denied something, as dbus-daemon does, and
// MORE.
void tell_denial(const std::string& more = "") {
    constexpr unsigned short user_avc = 1107;
    const std::string text = "avc:  denied  { start } for  x" + more;
    std::array<char, 8192> message{};
    nlmsghdr header{};
    header.nlmsg_len = static_cast<unsigned>(NLMSG_LENGTH(text.size() + 1));
    header.nlmsg_type = user_avc;
    header.nlmsg_flags = NLM_F_REQUEST;
    std::memcpy(message.data(), &header, sizeof header);
    text.copy(message.data() + NLMSG_HDRLEN, text.size());
    const int audit = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
    ::send(audit, message.data(), header.nlmsg_len, 0);
    ::close(audit);
}

// Runs WHAT in a child's child, and returns the child's number.
template <typename What>
pid_t in_grandchild(What what) {
    const pid_t child = ::fork();
    if (child == 0) {
        const pid_t grandchild = ::fork();
        if (grandchild == 0)
            what();
        else
            ::waitpid(grandchild, nullptr, 0);
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    return child;
}

} // namespace

TEST_CASE("the kernel's audit log is told apart by processes") {
    const test::TempDir directory;
    const std::string file = (directory.path() / "denials").string();
    std::optional<DenialLog> log;
    try {
        log.emplace(file);
    } catch (const Error& error) {
        WARN("not run: " << error.message());
        return;
    }
    tell_denial();
    const pid_t child = in_grandchild([] { tell_denial(); });
    log->follow(child);
    std::string text;
    // A thread of the kernel hands records on, in its own time.
    for (int tries = 0; text.empty() && tries < 1000; ++tries) {
        if (tries > 0)
            ::usleep(10'000);
        log->step();
        text = test::read_text(file);
    }
    INFO(text);
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK(text.starts_with("type=USER_AVC msg=audit("));
    CHECK_THAT(text, ContainsSubstring("msg='avc:  denied  { start } for  x"));
    CHECK(log->loss() == "");
}

TEST_CASE("a flood of denials that nobody reads holds nothing up") {
    const test::TempDir directory;
    const std::string file = (directory.path() / "fifo").string();
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    const int reader = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    std::optional<DenialLog> log;
    try {
        log.emplace(file);
    } catch (const Error& error) {
        WARN("not run: " << error.message());
        return;
    }
    constexpr int count = 300; // 2.4 MB
    log->follow(in_grandchild([] {
        for (int i = 0; i < count; ++i)
            tell_denial(std::string(8000, 'x'));
    }));
    std::vector<pollfd> events;
    for (int tries = 0; log->loss().empty() && tries < 1000; ++tries) {
        log->step(); // would never return
        ::usleep(1000);
    }
    CHECK(log->loss().starts_with("up to "));
    log->add(events);
    CHECK(events.back().fd >= 0); // the reader is waited for along with all else
    SignalReader signals({SIGUSR1});
    log->finish(signals, 10);
    std::string text(1U << 16U, '\0');
    CHECK(::read(reader, text.data(), text.size()) > 0);
    ::close(reader);
    CHECK_THAT(text, ContainsSubstring("type=USER_AVC msg=audit("));
    INFO(log->loss());
    CHECK(std::stoi(log->loss().substr(6)) > count / 2);
}

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
        for (pid_t pid = 100; pid < 20'000; ++pid) {
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
