// The files of data/carriers hold the same two denials, as each carrier shows them.

#include "selns/base/file.hpp"
#include "selns/log/carrier.hpp"
#include "selns/log/log.hpp"
#include "support/catch.hpp"
#include "support/never.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>

using namespace selns::log;
using selns::test::never;

namespace {

const std::string body =
    "avc:  denied  { read } for  pid=1 comm=\"x\" name=\"y\" dev=\"vda\" ino=2 scontext=u:r:a_t:s0 "
    "tcontext=u:r:b_t:s0 tclass=file permissive=0";
const std::string kernel = "audit: type=1400 audit(1700000000.123:45): " + body;

std::vector<std::filesystem::path> carriers() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(SELNS_SOURCE_DIR) / "tests/unit/log/data/carriers"))
        files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

Denials read(const std::vector<std::filesystem::path>& files) {
    ::setenv("TZ", "UTC", 1); // of the dates that ausearch wrote
    ::tzset();
    LogReader reader;
    for (const auto& file : files)
        reader.read_file(file, never);
    return reader.finish();
}

void check_both(const Denials& denials) {
    CHECK(denials.records == 2);
    CHECK(denials.malformed.count == 0);
    CHECK(denials.not_believed.count == 0);
    CHECK(denials.incomplete.count == 0);
    REQUIRE(denials.unique.size() == 2);
    const Denial& page = denials.unique[1];
    CHECK(page.scontext == "system_u:system_r:httpd_t:s0");
    CHECK(page.tcontext == "system_u:object_r:var_t:s0");
    CHECK(page.tclass == "file");
    CHECK(page.permissions == std::vector<std::string>{"open", "read"});
    CHECK(page.enforced);
    CHECK(page.seen.first == 1795255200);
    CHECK(page.seen.programs == std::vector<std::string>{"nginx"});
    CHECK(page.seen.objects == std::vector<std::string>{"/srv/www/my file.html"});
    const Denial& device = denials.unique[0];
    CHECK(device.tcontext == "system_u:object_r:new_device_t:s0");
    CHECK(device.printed_target == "unlabeled_t");
    CHECK(device.commands == std::set<std::uint16_t>{0});
    CHECK_FALSE(device.ioctl_without_command);
    CHECK(device.seen.first == 1795255201);
}

std::string believed(const std::string& line) {
    switch (read_head(line).kind) {
    case Head::Kind::access:
        return "yes";
    case Head::Kind::not_believed:
        return "no";
    case Head::Kind::lost:
        return "lost";
    default:
        return "other";
    }
}

} // namespace

TEST_CASE("each carrier gives the same denials") {
    for (const auto& file : carriers()) {
        INFO(file);
        check_both(read({file}));
    }
}

TEST_CASE("the same events in all carriers count once, in any order") {
    std::vector<std::filesystem::path> files = carriers();
    REQUIRE(files.size() > 20);
    check_both(read(files));
    std::ranges::reverse(files);
    check_both(read(files));
    std::rotate(files.begin(), files.begin() + 9, files.end());
    check_both(read(files));
}

// Most heads are read eight digits at a time, the others one by one.
TEST_CASE("events of usual heads are what stands there, however many digits they have") {
    std::minstd_rand dice;
    const auto pick = [&](unsigned below) { return static_cast<unsigned>(dice()) % below; };
    const auto digits = [&](unsigned count) {
        std::string text;
        for (unsigned i = 0; i < count; ++i)
            text += static_cast<char>('0' + pick(10));
        return text;
    };
    int read = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string event = digits(pick(4) == 0 ? 1 + pick(11) : 10) + "." +
                            digits(pick(8) == 0 ? 1 + pick(4) : 3) + ":" + digits(1 + pick(10));
        if (pick(2) == 0)
            event[pick(static_cast<unsigned>(event.size()))] = static_cast<char>(1 + pick(255));
        if (event.find_first_of(")]\n") != std::string::npos)
            continue;
        INFO(event);
        const auto expected = parse_event(event);
        read += expected ? 1 : 0;
        REQUIRE(read_head("type=AVC msg=audit(" + event + "): " + body).event == expected);
        REQUIRE(read_head("[   12.345678] audit: type=1400 audit(" + event + "): " + body).event ==
                expected);
    }
    CHECK(read > 5000);
}

TEST_CASE("Android's logs") {
    for (const std::string head :
         {"", "<5>[   12.3] ", "[   12.3] ",
          "W/toolbox ( 1234): ", "11-14 22:13:20.123  1234  1234 W toolbox : ",
          "I/auditd  (  401): ", "11-14 22:13:20.123   401   401 I auditd  : "}) {
        const Head read = read_head(
            head + "type=1400 audit(0.0:6): avc: denied { read } for pid=1 name=\"y\" dev=\"dm-0\" "
                   "scontext=u:r:shell:s0 tcontext=u:object_r:system_file:s0 tclass=file "
                   "permissive=0 app=com.example");
        INFO(head);
        CHECK(read.kind == Head::Kind::access);
        CHECK(read.event == Event{0, 6});
        CHECK(read.time == 0);
    }
    CHECK(believed("11-14 22:13:20.123   401   401 E SELinux : avc:  denied  { find } for "
                   "service=x pid=1 uid=2 scontext=u:r:a:s0 tcontext=u:r:b:s0 "
                   "tclass=service_manager permissive=0") == "yes");
}

TEST_CASE("only the kernel and the audit system are believed") {
    CHECK(believed("Nov 14 22:13:20 web kernel: " + kernel) == "yes");
    CHECK(believed("Nov 14 22:13:20 web audit[812]: AVC " + body) == "yes");
    CHECK(believed("Nov 14 22:13:20 web audispd: node=web type=AVC msg=audit(1.1:1): " + body) ==
          "yes");
    CHECK(believed("kernel: " + kernel) == "yes");

    CHECK(believed("Nov 14 22:13:20 web dbus-daemon[345]: " + body) == "no");
    CHECK(believed("Nov 14 22:13:20 web evil[345]: " + kernel) == "no");
    CHECK(believed("Nov 14 22:13:20 web kernel[345]: " + kernel) == "no"); // logger -t kernel
    CHECK(believed("Nov 14 22:13:20 web evil[345]: kernel: " + kernel) == "no");
    CHECK(believed("Nov 14 22:13:20 web evil[345]: x[   12.3] " + kernel) == "no");
    CHECK(believed("[   12.3] systemd[1]: " + body) == "no");
    CHECK(believed("[   12.3] evil: [   12.3] " + kernel) == "no");
    // What programs write to /dev/kmsg has another facility than the kernel's.
    CHECK(believed("<5>[   12.3] " + kernel) == "yes");
    CHECK(believed("<13>[   12.3] " + kernel) == "no");
    CHECK(believed("5,1,2,-;" + kernel) == "yes");
    CHECK(believed("13,1,2,-;" + kernel) == "no");
    CHECK(believed("kern  :notice: [   12.3] " + kernel) == "yes");
    CHECK(believed("user  :notice: [   12.3] " + kernel) == "no");
    CHECK(believed("user  :notice: [   12.3] x: [   12.3] " + kernel) == "no");
}

TEST_CASE("a record is a whole message, never a part of one") {
    CHECK(believed("[   12.3] usb 1-1: Product: " + body) == "no");
    CHECK(believed("Nov 14 22:13:20 web kernel: usb 1-1: Product: " + body) == "no");
    CHECK(believed("some words " + body) == "no");
    for (const std::string type : {"SYSCALL", "PROCTITLE", "USER_CMD", "EXECVE", "1300", "1327"}) {
        CHECK(believed("type=" + type + " msg=audit(1.1:1): comm=\"" + body + "\"") == "other");
        CHECK(believed("audit: type=" + type + " audit(1.1:1): proctitle=" + body) == "other");
    }
    CHECK(believed("type=AVC msg=audit(1.1:1): apparmor=\"DENIED\" name=\"" + body) == "other");

    const std::string forged =
        "type=AVC msg=audit(1.1:1): avc:  denied  { write } for  pid=1 comm=\"" + body + "\"";
    CHECK(read_head(forged).body.starts_with("avc:  denied  { write }"));
}

TEST_CASE("nodes") {
    CHECK(read_head("node=a.example type=AVC msg=audit(1.1:1): " + body).node == "a.example");
    CHECK(read_head("type=AVC msg=audit(1.1:1): " + body).node.empty());
}

TEST_CASE("the time of a record without an event is its line's") {
    CHECK(read_head("2023-11-14T22:13:20.5+00:00 web kernel: " + body).time == 1700000000500);
    CHECK(read_head("Nov 14 22:13:20 web kernel: " + body).time == 0);
    CHECK(read_head("2023-11-14T22:13:25+00:00 web kernel: " + kernel).time == 1700000000123);
}

TEST_CASE("traces of lost records") {
    for (const std::string text :
         {"audit: audit_lost=3 audit_rate_limit=0 audit_backlog_limit=64",
          "audit: backlog limit exceeded", "audit: rate limit exceeded",
          "audit: kauditd hold queue overflow", "audit: out of memory in audit_log_start",
          "audit: 12 callbacks suppressed", "kauditd_printk_skb: 12 callbacks suppressed",
          "audit_printk_skb: 12 callbacks suppressed"}) {
        INFO(text);
        CHECK(believed(text) == "lost");
        CHECK(believed("[   12.3] " + text) == "lost");
        CHECK(believed("Nov 14 22:13:20 web kernel: " + text) == "lost");
        CHECK(believed("2023-11-14T22:13:20+00:00 web kernel: [   12.3] " + text) == "lost");
        CHECK(believed("kern  :warn  : [   12.3] " + text) == "lost");
    }
    CHECK(believed("Nov 14 22:13:20 web systemd-journald[9]: Missed 3 kernel messages") == "lost");
    CHECK(believed("Nov 14 22:13:20 web audispd: queue is full - dropping event") == "lost");
    CHECK(believed("type=DAEMON_ERR msg=audit(1.1:1): op=x res=failed") == "lost");
    CHECK(believed("selns-run: up to 12 denials lost") == "lost");
    CHECK(believed("selns-run: 3 events of processes lost: denials may be missing") == "lost");

    CHECK(believed("audit: audit_lost=0 audit_rate_limit=0 audit_backlog_limit=64") == "other");
    CHECK(believed("audit: audit_backlog_limit: 8192") == "other");
    CHECK(believed("[   12.3] net_ratelimit: 12 callbacks suppressed") == "other");
    CHECK(believed("Nov 14 22:13:20 web evil[1]: audit: backlog limit exceeded") == "other");
}

TEST_CASE("heads that are cut off or strange") {
    for (std::size_t length = 0; length < kernel.size() - body.size(); ++length)
        for (const std::string head : {"", "[   12.3] ", "Nov 14 22:13:20 web kernel: ", "<5>"}) {
            INFO(head + kernel.substr(0, length));
            CHECK(believed(head + kernel.substr(0, length)) == "other");
        }
    for (const std::string line : {"<", "<>", "<5", "5,", "[", "[]", "[ ", ": ", "audit(", "node=",
                                   "type=", "type=AVC", "msg='", "{", "\x1d", "<99999>x", "Nov"})
        CHECK(believed(line) == "other");
    CHECK(believed("node=x " + body) == "yes");
}
