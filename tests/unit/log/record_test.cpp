#include "selns/log/record.hpp"
#include "support/catch.hpp"

using namespace selns::log;

namespace {

const std::string record_body =
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

RecordView view_of(const std::string& line) {
    const Line parsed = read_line(line);
    INFO(line);
    REQUIRE(parsed.kind == Line::Kind::denial);
    return parsed.record;
}

std::optional<Event> event_of(const std::string& line) {
    return read_line(line).head.event;
}

std::string name_of(const std::string& line) {
    const RecordView view = view_of(line);
    return decode_name(view, view.name);
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
    CHECK(record.kind == DenialKind::access);
    CHECK(record.printed_source.empty());
    CHECK(record.printed_target.empty());
}

} // namespace

TEST_CASE("a denial's fields") {
    const std::string line = "audit: type=1400 audit(1700000000.123:45): " + record_body;
    check_body(record_of(line));
    const RecordView view = view_of(line);
    CHECK(decode_name(view, view.comm) == "systemd-fstab-g");
    CHECK(decode_name(view, view.name) == "fstab");
    CHECK(decode_name(view, view.device) == "vda");
    CHECK(view.inode == "129");
    CHECK(view.path.empty());
    CHECK(view.permissive == true);
    CHECK(event_of(line) == Event{1700000000123, 45});
}

TEST_CASE("a denial without an audit event") {
    CHECK_FALSE(event_of(record_body));
    CHECK_FALSE(event_of("audit(): " + record_body));
    CHECK_FALSE(event_of("audit(99999999999999999999.1:1): " + record_body));
    CHECK(event_of("type=1400 audit(0.0:6): " + record_body) == Event{0, 6});
    CHECK(event_of("audit(1.5:2): " + record_body) == Event{1500, 2});
}

TEST_CASE("single spaces, carriage returns and enriched fields change nothing") {
    check_body(record_of(with(record_body, "avc:  denied  {", "avc: denied {")));
    check_body(record_of(record_body + "\r"));
    check_body(record_of(record_body + "\x1d"
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

    const std::string service = record_body + "  exe=\"/usr/lib/systemd/systemd\" terminal=?'";
    CHECK(view_of(service).permissive == true);
    CHECK(view_of(service).exe == "\"/usr/lib/systemd/systemd\"");
    CHECK(view_of(record_body + "'").permissive == true);
}

TEST_CASE("names are decoded") {
    CHECK(name_of(with(record_body, "\"fstab\"", "66206F6F")) == "f oo");
    CHECK(name_of(with(record_body, "\"fstab\"", "220a00")) == std::string("\"\n\0", 3));
    CHECK(name_of(with(record_body, "\"fstab\"", "\"\"")).empty());
    CHECK(name_of(with(record_body, "\"fstab\"", "(null)")) == "(null)");
    const std::string line = with(record_body, "name=\"fstab\"", "path=\"/srv/www index\"");
    const RecordView view = view_of(line);
    CHECK(decode_name(view, view.path) == "/srv/www index");
    CHECK(decode_value("abc") == "abc");
    CHECK(decode_value("0x5401") == "0x5401");
    CHECK(decode_value("-1") == "-1");
    CHECK(decode_value("\"") == "\"");
    std::string long_name(50'000, 'x');
    long_name.front() = long_name.back() = '"';
    CHECK(name_of(with(record_body, "\"fstab\"", long_name)).size() == 4096);
}

TEST_CASE("the contexts that the kernel could not print win over unlabeled") {
    const std::string unlabeled = with(record_body, "user_home_t", "unlabeled_t");
    CHECK(record_of(unlabeled + " trawcon=\"system_u:object_r:new_t:s0\"").tcontext ==
          "system_u:object_r:new_t:s0");
    CHECK(record_of(unlabeled + " trawcon="
                                "61753A72723A745F743A7330")
              .tcontext == "au:rr:t_t:s0");
    CHECK(record_of(unlabeled + " srawcon=u:r:s_t trawcon=\"u:r:t_t\"").scontext == "u:r:s_t");
    const Record raw = record_of(unlabeled + " srawcon=u:r:s_t trawcon=\"u:r:t_t\"");
    CHECK(raw.printed_source == "systemd_generator_t");
    CHECK(raw.printed_target == "unlabeled_t");
    CHECK(record_of(unlabeled + " trawcon=\"gibberish\"").printed_target.empty());
    CHECK(record_of(unlabeled + " trawcon=\"gibberish\"").tcontext ==
          "system_u:object_r:unlabeled_t:s0");
}

TEST_CASE("a namespace prints contexts that its policy does not know") {
    const Record raw = record_of(record_body + " trawcon=\"system_u:object_r:user_home_t:s0\"");
    CHECK(raw.tcontext == "system_u:object_r:user_home_t:s0");
    CHECK(raw.printed_target == "user_home_t");
    const std::string line = "avc:  denied  { signal } for  pid=1 scontext=kernel "
                             "srawcon=\"kernel\" tcontext=a:b:c_t:s0 tclass=process";
    CHECK(record_of(line).scontext == "kernel");
    CHECK(record_of(line).printed_source == "?");
    CHECK_THAT(reason_of(with(line, " srawcon=\"kernel\"", "")),
               ContainsSubstring("scontext is not a context"));
}

TEST_CASE("what the kernel has no name for") {
    CHECK(record_of(with(record_body, "read open", "read 0x40000")).permissions ==
          std::vector<std::string>{"0x40000", "read"});
    CHECK_THAT(reason_of(with(record_body, "{ read open }", "null")),
               ContainsSubstring("permissions"));
    CHECK_THAT(reason_of(with(record_body, "{ read open }", "{ }")),
               ContainsSubstring("permissions"));
    CHECK_THAT(
        reason_of(with(record_body, "scontext=system_u:system_r:systemd_generator_t:s0", "ssid=7")),
        ContainsSubstring("no scontext"));
    CHECK_THAT(reason_of(with(record_body, "tcontext=system_u:object_r:user_home_t:s0", "tsid=7")),
               ContainsSubstring("no tcontext"));
}

TEST_CASE("lines that are no denials") {
    CHECK(reason_of("") == "other");
    CHECK(reason_of("type=SYSCALL msg=audit(1.1:1): arch=c000003e syscall=257") == "other");
    CHECK(reason_of(with(record_body, "denied", "granted")) == "other");
    CHECK(reason_of("type=1400 audit(1.1:1): apparmor=\"DENIED\" operation=\"open\"") == "other");
    CHECK(reason_of("SELinux: avc:  received policyload notice (seqno=2)") == "other");
    CHECK(reason_of("msg='avc:  received setenforce notice (enforcing=1)'") == "other");
    CHECK(reason_of("avc:") == "other");
}

TEST_CASE("a record that is cut off is malformed, wherever that was") {
    const std::string line = "type=AVC msg=audit(1700000000.123:45): " + record_body;
    const std::size_t marker = line.find("avc:");
    for (std::size_t length = 0; length < line.size(); ++length) {
        const std::string reason = reason_of(line.substr(0, length), false);
        INFO(line.substr(0, length));
        // Without permissive= a record is whole, as old kernels write it, once another word began.
        const bool whole =
            length > line.find("tclass=file") + 11 && length < line.find("permissive=") + 11;
        CHECK((whole ? reason == "denial"
                     : reason != "denial" && (length > marker + 3) == (reason != "other")));
    }
    CHECK(reason_of(line, false) == "denial");
}

TEST_CASE("a record that free text pretends to be is malformed") {
    const auto forged = [](const std::string& text) {
        return with(record_body, "comm=\"systemd-fstab-g\"", "unit=\"" + text + "\"");
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
    CHECK_THAT(reason_of(record_body + " " + record_body), ContainsSubstring("twice"));
    CHECK_THAT(reason_of(with(record_body, "dev=", "ioctlcmd=0x1 ioctlcmd=0x2 dev=")),
               ContainsSubstring("twice"));
}

namespace {

// As systemd writes it: the command line of whoever asks is just put between quotes.
std::string asked_of_systemd(const std::string& command) {
    return "type=USER_AVC msg=audit(1700000500.8:74): pid=1 uid=0 auid=4294967295 ses=4294967295 "
           "subj=u:r:init_t:s0 msg='avc:  denied  { start } for auid=1000 uid=0 gid=0 "
           "path=\"/lib/systemd/system/x.service\" cmdline=\"" +
           command +
           "\" function=\"bus_unit_queue_job\" scontext=u:r:true_t:s0 tcontext=u:r:unit_t:s0 "
           "tclass=service permissive=0  exe=\"/lib/systemd/systemd\" sauid=0 hostname=? addr=? "
           "terminal=?'";
}

} // namespace

TEST_CASE("whatever a command line has in it, what is true stands behind it") {
    const std::string command =
        GENERATE(as<std::string>{}, "systemctl start x", "sh -c echo it's done",
                 "sh -c systemctl start \"my unit\"", "systemctl --property=\"A=b\" start x", "\"",
                 "\"\"", "'", "", "a=b tclass=file", "x\" scontext=u:r:evil_t:s0 y",
                 "x\" function=\"f\" scontext=u:r:evil_t:s0 tcontext=u:r:evil_t:s0 tclass=file "
                 "permissive=1  exe=\"/x\" terminal=?' ",
                 "x\" scontext=u:r:evil_t:s0 tcontext=u:r:evil_t:s0 tclass=file permissive=1 "
                 "cmdline=\"");
    const Record record = record_of(asked_of_systemd(command));
    CHECK(record.scontext == "u:r:true_t:s0");
    CHECK(record.tcontext == "u:r:unit_t:s0");
    CHECK(record.tclass == "service");
    CHECK(record.permissions == std::vector<std::string>{"start"});
    CHECK(view_of(asked_of_systemd(command)).permissive == false);
}

// libselinux's buffer has 1024 bytes; what does not fit, the true contexts first, is lost.
TEST_CASE("a command line that pushes the true contexts out of the record is not believed") {
    const std::string forged =
        "x\" function=\"f\" scontext=u:r:evil_t:s0 tcontext=u:r:evil_t:s0 tclass=file permissive=0";
    for (std::size_t padding = 700; padding < 1100; ++padding) {
        std::string line = asked_of_systemd(std::string(padding, 'a') + forged);
        const std::size_t begin = line.find("avc:");
        const std::size_t end = line.find("  exe=");
        if (end - begin > 1023)
            line.erase(begin + 1023, end - begin - 1023);
        const Line parsed = read_line(line);
        INFO(line);
        CHECK((parsed.kind == Line::Kind::malformed || parsed.record.scontext == "u:r:true_t:s0"));
    }
}

TEST_CASE("errors of the security server") {
    const std::string head = "type=SELINUX_ERR msg=audit(1700000000.123:45): ";
    const std::string sid = head + "op=security_compute_sid invalid_context=\"u:r:new_t:s0\" "
                                   "scontext=u:r:a_t:s0 tcontext=u:object_r:b_t:s0 tclass=process";
    Record expected;
    expected.kind = DenialKind::computed_sid;
    expected.scontext = "u:r:a_t:s0";
    expected.tcontext = "u:object_r:b_t:s0";
    expected.new_context = "u:r:new_t:s0";
    expected.tclass = "process";
    CHECK(record_of(sid) == expected);
    CHECK(record_of(with(sid, "\"u:r:new_t:s0\"", "u:r:new_t:s0")) == expected);
    CHECK(record_of(with(sid, "type=SELINUX_ERR msg=", "audit: type=1401 ")) == expected);

    const Record bounded = record_of(head + "op=security_bounded_transition seresult=denied "
                                            "oldcontext=u:r:a_t:s0 newcontext=u:r:b_t:s0");
    CHECK(bounded.kind == DenialKind::bounded_transition);
    CHECK(bounded.scontext == "u:r:a_t:s0");
    CHECK(bounded.tcontext == "u:r:b_t:s0");
    CHECK(bounded.tclass.empty());

    const Record validate = record_of(
        head + "op=security_validate_transition seresult=denied oldcontext=u:object_r:a_t:s0 "
               "newcontext=u:object_r:b_t:s1 taskcontext=u:r:task_t:s0 tclass=file");
    CHECK(validate.kind == DenialKind::validate_transition);
    CHECK(validate.scontext == "u:r:task_t:s0");
    CHECK(validate.tcontext == "u:object_r:a_t:s0");
    CHECK(validate.new_context == "u:object_r:b_t:s1");
    CHECK(validate.tclass == "file");

    CHECK(reason_of(head + "op=unheard_of invalid_context=\"x\"") == "other");
    CHECK_THAT(reason_of(sid + " tclass=file"), ContainsSubstring("twice"));
    CHECK_THAT(reason_of(with(sid, "tclass=", "class=")), ContainsSubstring("missing"));
    CHECK_THAT(reason_of(with(sid, "u:r:new_t:s0", "new")), ContainsSubstring("new context"));
    CHECK_THAT(reason_of(sid.substr(0, sid.size() - 2), false), ContainsSubstring("ends in"));
}

TEST_CASE("names that ausearch -i has interpreted") {
    const std::string line =
        "type=AVC msg=audit(21.11.2026 10:00:00.123:45) : avc:  denied  { read } for  pid=1 "
        "comm=my prog name=a b=c.html dev=\"vda\" ino=3 scontext=u:r:a_t:s0 tcontext=u:r:b_t:s0 "
        "tclass=file permissive=0 ";
    const RecordView view = view_of(line);
    CHECK(decode_name(view, view.comm) == "my prog");
    CHECK(decode_name(view, view.name) == "a"); // it looks like a field
    CHECK(decode_name(view, view.device) == "vda");
    CHECK(view.tclass == "file");
    const std::string in_digits = with(line, "a b=c.html", "6162");
    const RecordView digits = view_of(in_digits);
    CHECK(decode_name(digits, digits.name) == "6162");
    CHECK_THAT(reason_of(with(line, "a b=c.html", "a tclass=b")), ContainsSubstring("twice"));
    CHECK(view_of(with(line, "comm=my prog", "comm=")).comm.empty());
}

TEST_CASE("names that are none never become a record") {
    const std::string bad = GENERATE(as<std::string>{}, "a)b", "a;b", "a\"b", "(a", "a{b", "a|b",
                                     "\xc3\xa9", std::string("a\0b", 3), "\x1b[31m", "a'b");
    CHECK(reason_of(with(record_body, "systemd_generator_t", bad)) != "denial");
    CHECK(reason_of(with(record_body, "user_home_t", bad)) != "denial");
    CHECK(reason_of(with(record_body, "tclass=file", "tclass=" + bad)) != "denial");
    CHECK(reason_of(with(record_body, "read open", "read " + bad)) != "denial");
}

TEST_CASE("contexts have a form and a length") {
    CHECK(reason_of(with(record_body, "system_u:object_r:user_home_t:s0", "user_home_t")) ==
          "tcontext is not a context");
    CHECK(reason_of(with(record_body, ":user_home_t:s0", "::s0")) == "tcontext is not a context");
    CHECK(reason_of(with(record_body, "user_home_t", std::string(60000, 'a'))) != "denial");
    CHECK(reason_of(with(record_body, "user_home_t:s0", "t:s0:" + std::string(60000, 'c'))) ==
          "tcontext is not a context");
    CHECK(record_of(with(record_body, "system_u:object_r:user_home_t:s0", "u:r:t")).tcontext ==
          "u:r:t");
    CHECK(record_of(with(record_body, "user_home_t:s0", "t:s0-s15:c0.c1023,c5")).tcontext ==
          "system_u:object_r:t:s0-s15:c0.c1023,c5");
}

TEST_CASE("an unclosed quote is malformed") {
    CHECK_THAT(reason_of(with(record_body, "\"fstab\"", "\"fstab")), ContainsSubstring("quote"));
    CHECK_THAT(reason_of(with(record_body, "\"fstab\"", "\"fs\"tab\"")),
               ContainsSubstring("quote"));
    CHECK_THAT(reason_of(with(record_body, "\"fstab\"", "\"")), ContainsSubstring("quote"));
    CHECK_THAT(reason_of(record_body + " trawcon=\"u:r:t"), ContainsSubstring("quote"));
}

TEST_CASE("more permissions than a class can have are malformed") {
    std::string many;
    for (int i = 0; i < 65; ++i)
        many += "p" + std::to_string(i) + " ";
    CHECK(reason_of(with(record_body, "read open", many)) == "the permissions are not names");
    CHECK(record_of(with(record_body, "read open", "read read read")).permissions.size() == 1);
}

TEST_CASE("labels that somebody wanted and the policy does not have") {
    for (const std::string op : {"setxattr", "fscreate"}) {
        const Record record = record_of("type=SELINUX_ERR msg=audit(1700000000.123:45): op=" + op +
                                        " invalid_context=\"system_u:object_r:old_t:s0\"");
        CHECK(record.kind == DenialKind::invalid_label);
        CHECK(record.new_context == "system_u:object_r:old_t:s0");
        CHECK(record.scontext.empty());
        CHECK(reason_of("audit: type=1401 audit(1.1:1): op=" + op + " invalid_context=\"x\"") ==
              "the label is not a context");
    }
    CHECK(reason_of("type=SELINUX_ERR msg=audit(1.1:1): op=setxattr") ==
          "a context or the class is missing");
    CHECK(reason_of("type=SELINUX_ERR msg=audit(1.1:1): op=other invalid_context=\"x\"") ==
          "other");
}
