// What a process can write into a log: never the kernel's word, nor the audit system's.

#include "selns/log/log.hpp"
#include "support/catch.hpp"

using namespace selns::log;

namespace {

const std::string forged_record =
    "avc:  denied  { write } for  pid=1 comm=\"x\" name=\"y\" dev=\"vda\" ino=2 "
    "scontext=u:r:evil_t:s0 tcontext=u:r:evil_t:s0 tclass=file permissive=0";
const std::string forged_kernel = "audit: type=1400 audit(1700000000.123:45): " + forged_record;
const std::string forged_audit = "type=AVC msg=audit(1700000000.123:45): " + forged_record;

Denials read_hostile(const std::string& text, bool trust = false) {
    ReadOptions options;
    options.trust = trust;
    LogReader reader(std::move(options));
    reader.read_text(text, "hostile.log");
    return reader.finish();
}

void check_refused(const std::string& text) {
    INFO(text);
    const Denials denials = read_hostile(text);
    CHECK(denials.unique.empty());
    CHECK(denials.not_believed.count + denials.malformed.count > 0); // never in silence
}

} // namespace

TEST_CASE("what stands before a record is never taken off together with who wrote it") {
    for (const std::string& record : {forged_kernel, forged_audit, forged_record}) {
        for (const std::string head :
             {"Nov 14 22:13:20 web evil: ",
              "Nov 14 22:13:20 web evil[3]: ",
              "Nov 14 22:13:20 web evil[3]: grep.log:",
              "Nov 14 22:13:20 web evil[3]: 17:",
              "Nov 14 22:13:20 web evil[3]: > ",
              "Nov 14 22:13:20 web evil[3]: [   12.3] ",
              "Nov 14 22:13:20 web evil:",
              "2023-11-14T22:13:20Z web evil: ",
              "2023-11-14T22:13:20.123456Z web evil: ",
              "2023-11-14T22:13:20.123456789Z web evil[3]: 2023-11-14T22:13:20.123456789Z ",
              "2023-11-14T22:13:20+00:00 evil[3]: ",
              "Tue 2023-11-14 22:13:20 UTC web evil[3]: ",
              "Tue Nov 14 22:13:20 2023 web evil[3]: ",
              "1700000000.123456 web evil[3]: ",
              "[   12.345] evil[3]: ",
              "[   12.345] evil: [   12.345] ",
              "[Tue Nov 14 22:13:20 2023] evil: ",
              "user  :notice: [   12.3] ",
              "<13>[   12.3] ",
              "<36>[   12.3] c0 586 ",
              "log.1:Nov 14 22:13:20 web evil: ",
              "17:[   12.345] evil: ",
              "\x1b[32m[   12.345] \x1b[0mevil: ",
              "    Nov 14 22:13:20 web evil[3]: ",
              "> Nov 14 22:13:20 web evil[3]: ",
              "\xef\xbb\xbfNov 14 22:13:20 web evil[3]: ",
              "web-1  | Nov 14 22:13:20 web evil[3]: ",
              "Nov 14 22:13:20 web ker\x1b[0mnel2: "})
            check_refused(head + record + "\n");
    }
}

TEST_CASE("the further lines of a program's message are the program's") {
    for (const std::string head :
         {"Nov 14 22:13:20 web evil[3]: hello\n", "[   12.345678] evil: hello\n",
          "user  :notice: [   12.345678] hello\n",
          "2023-11-14T22:13:20+00:00 web evil[3]: hello\n"})
        for (const std::string blanks : {" ", "\t", "               ", "   > "})
            for (const std::string& record :
                 {forged_kernel, forged_audit, forged_record, "[   12.3] " + forged_kernel,
                  "Nov 14 22:13:20 web kernel: " + forged_kernel,
                  "Nov 14 22:13:20 web evil: " + forged_kernel}) {
                check_refused(head + blanks + record + "\n");
                check_refused(head + blanks + "more\n" + blanks + record + "\n");
            }
    // The same blanks before every line: somebody has indented the whole.
    CHECK(
        read_hostile("    [   12.3] evil: hello\n    [   12.3] " + forged_kernel + "\n").records ==
        1);
    CHECK(read_hostile("Somebody's words:\n    " + forged_audit + "\n").records == 1);
}

TEST_CASE("a journal's entry is not what a program's message says it is") {
    const std::string message = "hello\n_TRANSPORT=kernel\nMESSAGE=" + forged_kernel;
    // In JSON and as export does with line feeds, and as if it did not know.
    std::string size(8, '\0');
    size[0] = static_cast<char>(message.size());
    size[1] = static_cast<char>(message.size() >> 8U);
    const std::string begin =
        "__CURSOR=x\n__REALTIME_TIMESTAMP=1700000000000000\n_TRANSPORT=syslog\n";
    const Denials exported = read_hostile(begin + "MESSAGE\n" + size + message + "\n\n");
    CHECK(exported.unique.empty());
    CHECK(exported.not_believed.count == 1);

    // Longer than a line may be, so that none of it is kept.
    const std::string huge = std::string(100'000, 'x') + "\n\n" + begin.substr(0, 11) +
                             "_TRANSPORT=kernel\nMESSAGE=" + forged_kernel + "\n";
    for (std::size_t i = 0; i < 8; ++i)
        size[i] = static_cast<char>(huge.size() >> (8 * i));
    CHECK(read_hostile(begin + "MESSAGE\n" + size + huge + "\n\n").unique.empty());

    // A size that reaches beyond the end: nothing of the rest is lost in silence.
    const Denials cut = read_hostile(begin + "MESSAGE\n" + std::string("\0\0\x10\0\0\0\0\0", 8) +
                                     "x\n" + forged_kernel + "\n");
    CHECK(cut.unique.empty());
    CHECK(cut.malformed.count == 1);
    // One that no journal has: it is none.
    const Denials none = read_hostile("__CURSOR=x\nMESSAGE\n" + std::string(8, '\x7f') + "x\n" +
                                      forged_kernel + "\n");
    CHECK(none.records == 1);
    CHECK(none.malformed.count == 1);

    const std::string verbose =
        "Tue 2023-11-14 22:13:20.123456 UTC [s=a;i=1]\n    _TRANSPORT=syslog\n";
    CHECK(read_hostile(verbose +
                       "    MESSAGE=hello\n            _TRANSPORT=kernel\n"
                       "            MESSAGE=" +
                       forged_kernel + "\n")
              .unique.empty());
    check_refused(verbose + "    MESSAGE=" + forged_kernel + "\n");
    check_refused(begin + "MESSAGE=" + forged_kernel + "\n\n");
    check_refused(begin + "_TRANSPORT=kernel\nMESSAGE=" + forged_kernel + "\n\n");
}

TEST_CASE("an opening brace swallows no record") {
    for (const std::string begin : {"{\n", "{\n\"a\": 1\n", "  {\n", "__CURSOR=x\n"})
        for (const std::string head : {"[   12.3] ", "", "Nov 14 22:13:20 web kernel: "}) {
            INFO(begin + head);
            CHECK(read_hostile(begin + head + forged_kernel + "\n").records == 1);
        }
}

TEST_CASE("JSON that does not tell who wrote it is not believed") {
    const auto json = [](const std::string& text) {
        std::string quoted;
        for (const char c : text)
            quoted += (c == '"' ? "\\" : "") + std::string(1, c);
        return "\"" + quoted + "\"";
    };
    for (const std::string key : {"message", "msg", "MESSAGE", "text"})
        check_refused("{\"level\": \"info\", \"" + key + "\": " + json(forged_audit) + "}\n");
    check_refused("{\"log\": " + json(forged_audit) + ", \"ident\": \"evil\"}\n");
    check_refused("{\"a\": {\"b\": [" + json(forged_audit) + "]}}\n");
    check_refused("{\"_TRANSPORT\": \"journal\", \"ID\": \"1.1:1\", \"AVC\": " +
                  json(forged_audit) + ", \"MESSAGE\": " + json(forged_audit) + "}\n");
    // A name in laurel's event that would begin a field.
    const Denials laurel = read_hostile(
        R"({"ID": "1700000300.1:61", "AVC": [{"seresult": "denied", "seperms": ["read"], )"
        R"("comm": "x\" scontext=u:r:evil_t:s0", "scontext": "u:r:a_t:s0", )"
        R"("tcontext": "u:r:b_t:s0", "tclass": "file"}]})"
        "\n");
    REQUIRE(laurel.unique.size() == 1);
    CHECK(laurel.unique[0].scontext == "u:r:a_t:s0");

    // Values of another kind, and an event that would hide the record.
    for (const std::string change :
         {R"("ID": "1.0:1", "AVC": [{"seresult": 5)", R"("ID": "1.0:1", "AVC": [{"seresult": null)",
          R"("ID": "1.0:46): x=", "AVC": [{"seresult": "denied")",
          R"("ID": "1.0:1", "NODE": 7, "AVC": [{"seresult": "denied")"}) {
        CAPTURE(change);
        const Denials odd = read_hostile("{" + change +
                                         R"(, "seperms": ["read"], "scontext": "u:r:a_t:s0", )"
                                         R"("tcontext": "u:r:b_t:s0", "tclass": "file"}]})" +
                                         "\n" + forged_audit + "\n");
        CHECK(odd.unique.size() == 2);
    }
}

TEST_CASE("what is not believed can be trusted by somebody's word, and is told") {
    const std::string text = "Nov 14 22:13:20 web tag_audit_log: " + forged_audit +
                             "\nNov 14 22:13:20 web systemd[1]: selinux: " + forged_record +
                             "\n{\"message\": \"<5>x: avc: denied { read } for scontext=u:r:a_t:s0 "
                             "tcontext=u:r:b_t:s0 tclass=dir\"}\n"
                             "2023-11-14T22:13:20Z web evil: avc:  denied  { write } for\n";
    const Denials doubted = read_hostile(text);
    CHECK(doubted.unique.empty());
    CHECK(doubted.not_believed.count == 4);
    CHECK(doubted.trusted.count == 0);
    const Denials trusted = read_hostile(text, true);
    CHECK(trusted.unique.size() == 2);
    CHECK(trusted.records == 3);
    CHECK(trusted.trusted.count == 3);
    CHECK(trusted.not_believed.count == 0);
    CHECK(trusted.malformed.count == 1);
    CHECK(trusted.unique[1].seen.first == 1700000000);
}

TEST_CASE("records of types that have no denials are counted, not believed") {
    check_refused("type=UNKNOWN[1399] msg=audit(1700000000.123:45): " + forged_record + "\n");
    check_refused("audit: type=1399 audit(1700000000.123:45): " + forged_record + "\n");
}

TEST_CASE("a record in pieces is put together only from the lines right behind it") {
    const std::size_t middle = forged_audit.find("dev=");
    const std::string first = forged_audit.substr(0, middle);
    const std::string second = forged_audit.substr(middle);
    CHECK(read_hostile(first + "\n" + second + "\n").records == 1);
    check_refused(first + "\nNov 14 22:13:20 web evil: x\n" + second + "\n");
    check_refused(first + "\n\n" + second + "\n");
    check_refused(first + "\nNov 14 22:13:20 web evil: " + second + "\n");
    // Cut off for good: told at its own line, and the next record is another.
    const Denials denials = read_hostile("boot\n" + first + "\n" + forged_audit + "\n");
    CHECK(denials.records == 1);
    REQUIRE(denials.malformed.count == 1);
    CHECK(denials.malformed.first[0].at.line == 2);
}
