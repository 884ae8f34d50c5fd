#include "selns/base/error.hpp"
#include "selns/boot/audit_log.hpp"
#include "support/catch.hpp"

#include <string>

using namespace selns;
using namespace selns::boot;
using tree::Tree;

namespace {

const std::string log_path = "/var/log/audit/audit.log";
const std::string start = "type=DAEMON_START msg=audit(1.000:77): op=start ver=3.0.9\n";
const std::string finish = "type=DAEMON_END msg=audit(9.000:78): op=terminate res=success\n";

std::string record(int number) {
    return "type=AVC msg=audit(2.000:" + std::to_string(number) + "): avc:  denied  { read }\n";
}

void put(Tree& tree, const std::string& path, const std::string& text) {
    tree::Inode inode;
    inode.content = tree::Content::bytes(text);
    tree.put(path, std::move(inode));
}

// As large as it claims, and nothing behind it.
class Endless final : public tree::ContentSource {
  public:
    void read(std::uint64_t, char* data, std::size_t size) const override {
        std::fill_n(data, size, 'x');
    }
};

void put_large(Tree& tree, const std::string& path, std::uint64_t size) {
    tree::Inode inode;
    inode.content = tree::Content(std::make_shared<Endless>(), 0, size);
    tree.put(path, std::move(inode));
}

struct Read {
    std::string text;
    EventNumbers events;
    std::vector<Gap> gaps;
};

Read read(const Tree& tree) {
    Read result;
    auto log = find_audit_log(tree);
    REQUIRE(log.has_value());
    read_audit_log(*log, [&](std::string_view piece) { result.text += piece; }, result.events, {});
    result.gaps = log->gaps;
    return result;
}

std::string only_reason(const Tree& tree) {
    const auto gaps = read(tree).gaps;
    CHECK(gaps.size() == 1);
    return gaps.empty() ? "" : gaps.front().reason;
}

} // namespace

TEST_CASE("A log from the daemon's start to its end is whole") {
    Tree tree;
    CHECK_FALSE(find_audit_log(tree).has_value());
    put(tree, log_path, "");
    CHECK_FALSE(find_audit_log(tree).has_value());
    put(tree, log_path, start + record(5) + record(6) + finish);
    const Read whole = read(tree);
    CHECK(whole.gaps.empty());
    CHECK(whole.text == start + record(5) + record(6) + finish);
    CHECK(whole.events.missing() == 0);

    SECTION("also when it names its node") {
        put(tree, log_path, "node=web " + start + "node=web " + record(5) + "node=web " + finish);
        CHECK(read(tree).gaps.empty());
    }
    SECTION("and of two boots") {
        put(tree, log_path, start + record(5) + finish + start + record(1) + finish);
        CHECK(read(tree).gaps.empty());
    }
}

TEST_CASE("A daemon need not write down that it registered") {
    Tree tree;
    const auto missing = [&](const std::string& text) {
        put(tree, log_path, start + text + finish);
        auto log = find_audit_log(tree);
        EventNumbers events;
        events.add(14); // the last of the kernel's own messages
        read_audit_log(*log, [](std::string_view) {}, events, {});
        return events.missing();
    };
    const std::string registered =
        "type=CONFIG_CHANGE msg=audit(2.0:16): op=set audit_pid=140 old=0 res=1\n";
    CHECK(missing(record(16)) == 0);
    CHECK(missing(record(17)) == 1);
    CHECK(missing(record(15)) == 0);
    // Then it read something else away.
    CHECK(missing(registered + record(17)) == 1);
    CHECK(missing(record(15) + record(17)) == 1);
}

TEST_CASE("Rotated logs come first, the oldest first of all") {
    Tree tree;
    put(tree, log_path, record(12) + finish);
    put(tree, log_path + ".1", record(11));
    put(tree, log_path + ".2", record(10));
    for (int i = 3; i <= 9; ++i)
        put(tree, log_path + "." + std::to_string(i), record(12 - i));
    put(tree, log_path + ".10", start + record(2));
    const Read whole = read(tree);
    CHECK(whole.gaps.empty());
    CHECK(whole.text.starts_with(start + record(2) + record(3)));
    CHECK(whole.text.ends_with(record(10) + record(11) + record(12) + finish));
    CHECK(whole.events.missing() == 0);

    SECTION("one that is missing is told") {
        tree.remove(log_path + ".4");
        CHECK_THAT(read(tree).gaps.front().reason,
                   ContainsSubstring("audit.log.4 is missing, though there is "
                                     "/var/log/audit/audit.log.5"));
        tree.remove(log_path);
        CHECK_THAT(read(tree).gaps.front().reason, ContainsSubstring("audit.log is missing"));
    }
    SECTION("the oldest may be gone") {
        tree.remove(log_path + ".10");
        CHECK_THAT(only_reason(tree), ContainsSubstring("does not begin with its start"));
    }
    SECTION("others are none of the daemon's") {
        put(tree, log_path + ".01", "x");
        put(tree, log_path + ".gz", "x");
        put(tree, log_path + ".", "x");
        put(tree, log_path + ".99999999999", "x");
        CHECK(read(tree).gaps.empty());
    }
}

TEST_CASE("A log that is not whole says so") {
    Tree tree;
    SECTION("without its end: killed, or suspended") {
        put(tree, log_path, start + record(5));
        CHECK_THAT(only_reason(tree), ContainsSubstring("does not end with its end"));
    }
    SECTION("killed and started again") {
        put(tree, log_path, start + record(5) + start + record(7) + finish);
        CHECK_THAT(only_reason(tree), ContainsSubstring("was killed and started again"));
    }
    SECTION("suspended and resumed, when its disk was full") {
        put(tree, log_path,
            start + "type=DAEMON_RESUME msg=audit(1.0:1): op=resume-logging\n" + finish);
        CHECK_THAT(only_reason(tree), ContainsSubstring("could not write all the time"));
    }
    SECTION("in the middle of a line") {
        put(tree, log_path, start + finish + "type=AVC msg=audit(2.0");
        CHECK_THAT(only_reason(tree), ContainsSubstring("in the middle of a line"));
    }
    SECTION("no log of the daemon at all") {
        put(tree, log_path, std::string(3U << 20U, '\0'));
        CHECK(read(tree).gaps.size() == 2);
    }
}

TEST_CASE("Logs beyond the limit are not read, the newest are") {
    Tree tree;
    put(tree, log_path, record(1) + finish);
    put_large(tree, log_path + ".1", AuditLog::most_bytes);
    put(tree, log_path + ".2", start);
    const Read some = read(tree);
    CHECK(some.text == record(1) + finish);
    CHECK_THAT(some.gaps.front().reason, ContainsSubstring("larger than 256 MiB"));

    put_large(tree, log_path, std::uint64_t{1} << 50U);
    CHECK(read(tree).text.empty());
}

TEST_CASE("Where the log is, is told by auditd.conf") {
    Tree tree;
    put(tree, "/etc/audit/auditd.conf",
        "# log_file = /no\nwrite_logs = yes\nLOG_FILE = ../../srv/l.log \nnum_logs = 5\n");
    put(tree, "/srv/l.log", start + finish);
    CHECK(read(tree).gaps.empty());

    SECTION("a place that is none") {
        for (const char* path : {"", "/", "x", "/srv", "/no/where", "/srv/l.log/x"}) {
            put(tree, "/etc/audit/auditd.conf", std::string("log_file = ") + path + "\n");
            CHECK_FALSE(find_audit_log(tree).has_value());
        }
    }
    SECTION("a link is no log, and a directory's stays in the tree") {
        tree::Inode link;
        link.type = tree::FileType::symlink;
        link.target = "/../../../../etc/passwd";
        tree.put("/srv/m.log", link);
        put(tree, "/etc/audit/auditd.conf", "log_file = /srv/m.log\n");
        CHECK_FALSE(find_audit_log(tree).has_value());
        link.target = "../../../..";
        tree.put("/up", link);
        put(tree, "/etc/audit/auditd.conf", "log_file = /up/srv/l.log\n");
        CHECK(read(tree).text == start + finish);
    }
    SECTION("one that is too large to be one") {
        put(tree, "/etc/audit/auditd.conf", std::string(100'000, '\n'));
        put(tree, log_path, start + finish);
        CHECK_THAT(only_reason(tree), ContainsSubstring("auditd.conf cannot be read"));
    }
}

TEST_CASE("An interrupt ends the reading") {
    class Raised final : public Interrupt {
      public:
        bool raised() const override { return true; }
    };
    Tree tree;
    put(tree, log_path, start);
    auto log = find_audit_log(tree);
    EventNumbers events;
    CHECK_THROWS_WITH(read_audit_log(
                          *log, [](std::string_view) {}, events, Raised()),
                      ContainsSubstring("interrupted"));
}

TEST_CASE("Whether there is a daemon") {
    Tree tree;
    CHECK_FALSE(has_audit_daemon(tree));
    put(tree, "/sbin/auditd", "x");
    CHECK(has_audit_daemon(tree));
}
