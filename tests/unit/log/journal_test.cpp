#include "selns/base/error.hpp"
#include "selns/log/journal.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace selns::log;
namespace process = selns::process;

namespace {

const std::string journal_body =
    "avc:  denied  { read } for  pid=1 comm=\\\"x\\\" scontext=u:r:a_t:s0 "
    "tcontext=u:r:b_t:s0 tclass=file permissive=0";
const std::string journal_kernel = "audit: type=1400 audit(1700000000.123:45): " + journal_body;

std::string entry(const std::string& fields, const std::string& message) {
    return "{\"__REALTIME_TIMESTAMP\":\"1700000001000000\"," + fields + ",\"MESSAGE\":\"" +
           message + "\"}\n";
}

Denials read_journal(const std::string& text) {
    LogReader reader;
    reader.read_text(text, "journal.json");
    return reader.finish();
}

// What becomes of one entry.
std::string fate(const std::string& text) {
    const Denials denials = read_journal(text);
    return denials.records > 0              ? "record"
           : denials.malformed.count > 0    ? "malformed"
           : denials.not_believed.count > 0 ? "not believed"
           : denials.incomplete.count > 0   ? "incomplete"
                                            : "other";
}

// Stands for journalctl.
class FakeRunner final : public process::Runner {
  public:
    process::Result run(const process::Command& command) override {
        argv = command.argv;
        package = command.package;
        for (std::size_t at = 0; at < output.size(); at += 7)
            command.on_output(std::string_view(output).substr(at, 7));
        return result;
    }
    std::optional<std::filesystem::path> find(const std::string&) const override { return {}; }

    std::string output;
    process::Result result;
    std::vector<std::string> argv;
    std::string package;
};

} // namespace

TEST_CASE("who wrote an entry of the journal") {
    CHECK(fate(entry(R"("_TRANSPORT":"kernel")", journal_kernel)) == "record");
    CHECK(fate(entry(R"("_TRANSPORT":"kernel","SYSLOG_FACILITY":"0")", journal_kernel)) ==
          "record");
    CHECK(fate(entry(R"("_TRANSPORT":"audit","_AUDIT_ID":"45")", "AVC " + journal_body)) ==
          "record");

    // Written to /dev/kmsg, to syslog, to the journal's socket, to a unit's standard output.
    CHECK(fate(entry(R"("_TRANSPORT":"kernel","SYSLOG_FACILITY":"1")", journal_kernel)) ==
          "not believed");
    for (const std::string transport : {"syslog", "journal", "stdout", "driver"})
        CHECK(fate(entry("\"_TRANSPORT\":\"" + transport + "\",\"SYSLOG_IDENTIFIER\":\"kernel\"",
                         journal_kernel)) == "not believed");
    CHECK(fate(entry(R"("SYSLOG_IDENTIFIER":"kernel")", journal_kernel)) == "not believed");
    CHECK(fate(entry(R"("_TRANSPORT":["kernel","syslog"])", journal_kernel)) == "not believed");
    CHECK(fate(entry(R"("_TRANSPORT":"syslog")", "hello")) == "other");
    CHECK(fate(entry(R"("_TRANSPORT":"audit")", "SYSCALL comm=" + journal_body)) == "not believed");
}

TEST_CASE("denials of PID 1 and the message bus are believed where journald vouches for them") {
    const std::string systemd = R"("_TRANSPORT":"journal","_PID":"1","_UID":"0",)"
                                R"("_EXE":"/usr/lib/systemd/systemd")";
    const std::string broker = R"("_TRANSPORT":"journal","_PID":"812","_UID":"105",)"
                               R"("_EXE":"/usr/bin/dbus-broker")";
    CHECK(fate(entry(systemd, "selinux: " + journal_body)) == "record");
    CHECK(fate(entry(broker, journal_body)) == "record");
    CHECK(fate(entry(broker + R"(,"_SYSTEMD_UNIT":"dbus-broker.service")", journal_body)) ==
          "record");
    CHECK(fate(entry(systemd, "SELinux policy denies access.")) == "other");
    CHECK(fate(entry(systemd, "Started x, " + journal_body)) == "not believed");

    // Whoever runs these programs, or says so.
    for (const std::string fields :
         {R"("_TRANSPORT":"journal","_PID":"2","_EXE":"/usr/lib/systemd/systemd")",
          R"("_TRANSPORT":"journal","_PID":"1","_EXE":"/usr/bin/x")",
          R"("_TRANSPORT":"journal","PID":"1","EXE":"/usr/lib/systemd/systemd")",
          R"("_PID":"1","_EXE":"/usr/lib/systemd/systemd")",
          R"("_TRANSPORT":"journal","_PID":"9","_UID":"1000","_EXE":"/usr/bin/dbus-broker")",
          R"("_TRANSPORT":"journal","_PID":"9","_EXE":"/usr/bin/dbus-broker")",
          R"("_TRANSPORT":"journal","_PID":"9","_UID":"33","_EXE":"/usr/bin/dbus-broker",)"
          R"("_SYSTEMD_UNIT":"apache2.service")",
          R"("_TRANSPORT":"journal","_PID":"9","_UID":"33","_EXE":"/home/x/dbus-broker")"})
        CHECK(fate(entry(fields, journal_body)) == "not believed");
}

TEST_CASE("the two copies that the journal has of an event are one") {
    const std::string copies = entry(R"("_TRANSPORT":"kernel")", journal_kernel) +
                               entry(R"("_TRANSPORT":"audit","_AUDIT_ID":"45",)"
                                     R"("_SOURCE_REALTIME_TIMESTAMP":"1700000000123000")",
                                     "AVC " + journal_body);
    const Denials denials = read_journal(copies);
    CHECK(denials.records == 1);
    CHECK(denials.unique.at(0).seen.first == 1700000000);
}

TEST_CASE("an entry's own time serves where there is no event") {
    const Denials denials = read_journal(entry(R"("_TRANSPORT":"kernel")", journal_body));
    CHECK(denials.unique.at(0).seen.first == 1700000001);
}

TEST_CASE("entries that are none") {
    CHECK(fate("{\"MESSAGE\":\"" + journal_kernel + "\"") == "malformed");
    CHECK(fate("{" + journal_kernel + "}") == "malformed");
    CHECK(fate(entry("\"_TRANSPORT\":\"kernel\xff\"", journal_kernel)) == "malformed");
    CHECK(fate("{") == "other");
    CHECK(fate("{}") == "other");
    CHECK(fate(std::string(60000, '{')) == "other");
    CHECK(fate("{\"MESSAGE\":" + std::string(60000, '[')) == "other");
    CHECK(fate(R"({"_TRANSPORT":"audit","_AUDIT_TYPE":"1400","MESSAGE":null})") == "malformed");
    CHECK(fate(R"({"_TRANSPORT":"kernel","MESSAGE":[97,300]})") == "other");
    CHECK(fate(R"({"_TRANSPORT":"kernel","MESSAGE":{"a":["b"]}})") == "other");
    CHECK(fate(R"({"_TRANSPORT":"kernel","MESSAGE":["avc: denied { a } for","b"]})") == "other");
    CHECK(fate("\x1e" + entry(R"("_TRANSPORT":"kernel")", journal_kernel)) == "record");
}

TEST_CASE("a journal tells when records were lost") {
    CHECK(fate(entry(R"("_TRANSPORT":"driver","SYSLOG_IDENTIFIER":"systemd-journald")",
                     "Missed 3 kernel messages")) == "incomplete");
    CHECK(fate(entry(R"("_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":"systemd-journald")",
                     "Missed 3 kernel messages")) == "other");
    CHECK(fate(entry(R"("_TRANSPORT":"kernel")", "audit: backlog limit exceeded")) == "incomplete");
    CHECK(fate(entry(R"("_TRANSPORT":"kernel")", "kauditd_printk_skb: 3 callbacks suppressed")) ==
          "incomplete");
}

TEST_CASE("this host's journal") {
    FakeRunner runner;
    runner.output = entry(R"("_TRANSPORT":"kernel")", journal_kernel);
    ReadOptions options;
    options.selection.since = 1700000000000;
    LogReader reader(std::move(options));
    read_journal(reader, runner);
    const Denials denials = reader.finish();
    CHECK(denials.records == 1);
    CHECK(denials.logs.at(0).file == "the journal");
    CHECK(runner.package == "systemd");
    CHECK(runner.argv.front() == "journalctl");
    for (const std::string word :
         {"--output=json", "--since=@1699996400", "_TRANSPORT=kernel", "_TRANSPORT=audit"}) {
        INFO(word);
        CHECK(std::ranges::find(runner.argv, word) != runner.argv.end());
    }

    runner.result.exit_code = 1;
    runner.result.error_tail = "No journal files were opened\n";
    LogReader failing;
    CHECK_THROWS_WITH(read_journal(failing, runner), ContainsSubstring("No journal files"));
}
