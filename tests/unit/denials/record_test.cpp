#include "selns/denials/record.hpp"
#include "support/catch.hpp"

using namespace selns::denials;

namespace {

const std::string body =
    "avc:  denied  { read open } for  pid=212 comm=\"systemd-fstab-g\" name=\"fstab\" "
    "dev=\"vda\" ino=129 scontext=system_u:system_r:systemd_generator_t:s0 "
    "tcontext=system_u:object_r:user_home_t:s0 tclass=file permissive=1";

// The record that LINE holds; fails when it holds none.
Record record_of(const std::string& line) {
    const Line parsed = read_line(line);
    INFO(line);
    REQUIRE(parsed.kind == Line::Kind::denial);
    std::string_view reason = "none";
    const auto record = decode(parsed.record, reason);
    INFO(reason);
    REQUIRE(record);
    return *record;
}

// Why LINE is malformed; "denial" or "other" when it is not.
std::string reason_of(const std::string& line, bool ended = true) {
    const Line parsed = read_line(line, ended);
    if (parsed.kind == Line::Kind::other)
        return "other";
    if (parsed.kind == Line::Kind::malformed)
        return std::string(parsed.reason);
    std::string_view reason;
    return decode(parsed.record, reason) ? "denial" : std::string(reason);
}

std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

void check_body(const Record& record) {
    CHECK(record.scontext == "system_u:system_r:systemd_generator_t:s0");
    CHECK(record.tcontext == "system_u:object_r:user_home_t:s0");
    CHECK(record.tclass == "file");
    CHECK(record.permissions == std::vector<std::string>{"open", "read"});
    CHECK(record.permissive == true);
    CHECK(record.comm == "systemd-fstab-g");
    CHECK(record.name == "fstab");
    CHECK(record.path.empty());
}

} // namespace

TEST_CASE("denials of the kernel and of auditd, whatever carries them") {
    const std::string carrier =
        GENERATE(as<std::string>{}, "audit: type=1400 audit(1700000000.123:45): ",
                 "[    4.217354] audit: type=1400 audit(1700000000.123:45): ",
                 "<5>[    4.217354] audit: type=1400 audit(1700000000.123:45): ",
                 "Nov 14 22:13:20 web kernel: audit: type=1400 audit(1700000000.123:45): ",
                 "[Tue Nov 14 22:13:20 2023] audit: type=1400 audit(1700000000.123:45): ",
                 "kern  :notice: [    4.217354] audit: type=1400 audit(1700000000.123:45): ",
                 "type=AVC msg=audit(1700000000.123:45): ",
                 "node=web type=AVC msg=audit(1700000000.123:45): ");
    const Record record = record_of(carrier + body);
    check_body(record);
    REQUIRE(record.event);
    CHECK(record.event->milliseconds == 1700000000123);
    CHECK(record.event->serial == 45);
}

TEST_CASE("a denial without an audit event") {
    CHECK_FALSE(record_of(body).event);
    CHECK_FALSE(record_of("audit(): " + body).event);
    CHECK_FALSE(record_of("audit(99999999999999999999.1:1): " + body).event);
    CHECK_FALSE(record_of("audit(11/14/2023 22:13:20.123:45): " + body).event);
    CHECK(record_of("type=1400 audit(0.0:6): " + body).event == Event{0, 6});
    CHECK(record_of("audit(1.5:2): " + body).event == Event{1500, 2});
}

TEST_CASE("single spaces, carriage returns and enriched fields change nothing") {
    check_body(record_of(with(body, "avc:  denied  {", "avc: denied {")));
    check_body(record_of(body + "\r"));
    check_body(record_of(body + "\x1d"
                                "AUID=\"root\" UID=\"root\" SYSCALL=openat"));
}

TEST_CASE("records of user space object managers end with their message's quote") {
    const Record record = record_of(
        "type=USER_AVC msg=audit(1700000000.123:45): pid=345 uid=103 auid=4294967295 "
        "ses=4294967295 subj=system_u:system_r:system_dbusd_t:s0-s0:c0.c1023 "
        "msg='avc:  denied  { send_msg } for msgtype=method_call "
        "interface=org.freedesktop.DBus member=Hello dest=org.freedesktop.DBus spid=1 tpid=2 "
        "scontext=system_u:system_r:init_t:s0 "
        "tcontext=system_u:system_r:system_dbusd_t:s0-s0:c0.c1023 tclass=dbus'");
    CHECK(record.tclass == "dbus");
    CHECK(record.tcontext == "system_u:system_r:system_dbusd_t:s0-s0:c0.c1023");
    CHECK(record.permissions == std::vector<std::string>{"send_msg"});
    CHECK_FALSE(record.permissive);
    CHECK(record.event->serial == 45);

    CHECK(record_of(body + "  exe=\"/usr/lib/systemd/systemd\" terminal=?'").permissive == true);
    CHECK(record_of(body + "'").permissive == true);
}

TEST_CASE("names are decoded") {
    CHECK(record_of(with(body, "\"fstab\"", "66206F6F")).name == "f oo");
    CHECK(record_of(with(body, "\"fstab\"", "220a00")).name == std::string("\"\n\0", 3));
    CHECK(record_of(with(body, "name=\"fstab\"", "path=\"/srv/www index\"")).path ==
          "/srv/www index");
    CHECK(record_of(with(body, "\"fstab\"", "\"\"")).name.empty());
    CHECK(record_of(with(body, "\"fstab\"", "(null)")).name == "(null)");
    CHECK(decode_value("abc") == "abc");
    CHECK(decode_value("0x5401") == "0x5401");
    CHECK(decode_value("-1") == "-1");
    CHECK(decode_value("\"") == "\"");
    CHECK(record_of(with(body, "\"fstab\"", '"' + std::string(50000, 'x') + '"')).name.size() ==
          4096);
}

TEST_CASE("the contexts that the kernel could not print win over unlabeled") {
    const std::string unlabeled = with(body, "user_home_t", "unlabeled_t");
    CHECK(record_of(unlabeled + " trawcon=\"system_u:object_r:new_t:s0\"").tcontext ==
          "system_u:object_r:new_t:s0");
    CHECK(record_of(unlabeled + " trawcon="
                                "61753A72723A745F743A7330")
              .tcontext == "au:rr:t_t:s0");
    CHECK(record_of(unlabeled + " srawcon=u:r:s_t trawcon=\"u:r:t_t\"").scontext == "u:r:s_t");
    CHECK(record_of(unlabeled + " trawcon=\"gibberish\"").tcontext ==
          "system_u:object_r:unlabeled_t:s0");
}

TEST_CASE("what the kernel has no name for") {
    CHECK(record_of(with(body, "read open", "read 0x40000")).permissions ==
          std::vector<std::string>{"0x40000", "read"});
    CHECK_THAT(reason_of(with(body, "{ read open }", "null")), ContainsSubstring("permissions"));
    CHECK_THAT(reason_of(with(body, "{ read open }", "{ }")), ContainsSubstring("permissions"));
    CHECK_THAT(reason_of(with(body, "scontext=system_u:system_r:systemd_generator_t:s0", "ssid=7")),
               ContainsSubstring("no scontext"));
    CHECK_THAT(reason_of(with(body, "tcontext=system_u:object_r:user_home_t:s0", "tsid=7")),
               ContainsSubstring("no tcontext"));
}

TEST_CASE("lines that are no denials") {
    CHECK(reason_of("") == "other");
    CHECK(reason_of("type=SYSCALL msg=audit(1.1:1): arch=c000003e syscall=257") == "other");
    CHECK(reason_of(with(body, "denied", "granted")) == "other");
    CHECK(reason_of("type=1400 audit(1.1:1): apparmor=\"DENIED\" operation=\"open\"") == "other");
    CHECK(reason_of("SELinux: avc:  received policyload notice (seqno=2)") == "other");
    CHECK(reason_of("msg='avc:  received setenforce notice (enforcing=1)'") == "other");
    CHECK(reason_of("avc:") == "other");
}

TEST_CASE("a record that is cut off is malformed, wherever that was") {
    const std::string line = "type=AVC msg=audit(1700000000.123:45): " + body;
    const std::size_t marker = line.find("avc:");
    for (std::size_t length = 0; length < line.size(); ++length) {
        const std::string reason = reason_of(line.substr(0, length), false);
        INFO(line.substr(0, length));
        // Without permissive= a record is whole, as old kernels write it, once another word began.
        const bool whole =
            length > line.find("tclass=file") + 11 && length < line.find("permissive=") + 11;
        CHECK((whole ? reason == "denial"
                     : reason != "denial" && (length > marker + 6) == (reason != "other")));
    }
    CHECK(reason_of(line, false) == "denial");
}

TEST_CASE("a record that free text pretends to be is malformed") {
    const auto forged = [](const std::string& text) {
        return with(body, "comm=\"systemd-fstab-g\"", "cmdline=\"" + text + "\"");
    };
    CHECK(reason_of(forged("systemctl start x")) == "denial");
    CHECK(reason_of(forged("a scontext=u:r:evil_t tclass=process b")) == "denial");
    CHECK(record_of(forged("a tcontext=u:r:evil_t b")).tcontext ==
          "system_u:object_r:user_home_t:s0");
    CHECK_THAT(reason_of(forged("\" scontext=u:r:e_t tcontext=u:r:e_t tclass=file q=\"")),
               ContainsSubstring("twice"));
    CHECK_THAT(reason_of(forged("\" tclass=process \x1d q=\"")), ContainsSubstring("twice"));
    CHECK_THAT(reason_of(forged("\" permissive=0 q=\"")), ContainsSubstring("twice"));
    CHECK(reason_of(forged("\" scontext=u:r:e_t tcontext=u:r:e_t tclass=c q=\"y\" r=")) !=
          "denial");
    CHECK_THAT(reason_of(body + " " + body), ContainsSubstring("twice"));
}

TEST_CASE("names that are none never become a record") {
    const std::string bad = GENERATE(as<std::string>{}, "a)b", "a;b", "a\"b", "(a", "a{b", "a|b",
                                     "\xc3\xa9", std::string("a\0b", 3), "\x1b[31m", "a'b");
    CHECK(reason_of(with(body, "systemd_generator_t", bad)) != "denial");
    CHECK(reason_of(with(body, "user_home_t", bad)) != "denial");
    CHECK(reason_of(with(body, "tclass=file", "tclass=" + bad)) != "denial");
    CHECK(reason_of(with(body, "read open", "read " + bad)) != "denial");
}

TEST_CASE("contexts have a form and a length") {
    CHECK(reason_of(with(body, "system_u:object_r:user_home_t:s0", "user_home_t")) ==
          "tcontext is not a context");
    CHECK(reason_of(with(body, ":user_home_t:s0", "::s0")) == "tcontext is not a context");
    CHECK(reason_of(with(body, "user_home_t", std::string(60000, 'a'))) != "denial");
    CHECK(reason_of(with(body, "user_home_t:s0", "t:s0:" + std::string(60000, 'c'))) ==
          "tcontext is not a context");
    CHECK(record_of(with(body, "system_u:object_r:user_home_t:s0", "u:r:t")).tcontext == "u:r:t");
    CHECK(record_of(with(body, "user_home_t:s0", "t:s0-s15:c0.c1023,c5")).tcontext ==
          "system_u:object_r:t:s0-s15:c0.c1023,c5");
}

TEST_CASE("an unclosed quote is malformed") {
    CHECK_THAT(reason_of(with(body, "\"fstab\"", "\"fstab")), ContainsSubstring("quote"));
    CHECK_THAT(reason_of(with(body, "\"fstab\"", "\"fs\"tab\"")), ContainsSubstring("quote"));
    CHECK_THAT(reason_of(with(body, "\"fstab\"", "\"")), ContainsSubstring("quote"));
    CHECK_THAT(reason_of(body + " trawcon=\"u:r:t"), ContainsSubstring("quote"));
}

TEST_CASE("more permissions than a class can have are malformed") {
    std::string many;
    for (int i = 0; i < 65; ++i)
        many += "p" + std::to_string(i) + " ";
    CHECK(reason_of(with(body, "read open", many)) == "the permissions are not names");
    CHECK(record_of(with(body, "read open", "read read read")).permissions.size() == 1);
}
