#include "selns/log/log.hpp"
#include "support/catch.hpp"

using namespace selns::log;

namespace {

std::string record(int second, const std::string& source, const std::string& target,
                   const std::string& origin) {
    return "type=AVC msg=audit(" + std::to_string(1700000000 + second) +
           ".500:" + std::to_string(second) + "): avc:  denied  { read } for  pid=1 " + origin +
           " ino=3 scontext=u:r:" + source + ":s0 tcontext=u:object_r:" + target +
           ":s0 tclass=file permissive=1\n";
}

const std::string log_text =
    record(1, "a_t", "x_t", "comm=\"one\" dev=\"vda\"") +
    record(2, "b_t", "x_t", "comm=\"two\" dev=\"proc\"") +
    record(3, "a_t", "y_t", "comm=\"two\" exe=\"/usr/bin/three\" dev=\"vda\"") +
    record(4, "c_t", "z_t", "comm=66206F exe=\"/usr/bin/four\"") + record(5, "a_t", "x_t", "");

// The seconds of the records that are left, by way of what they are the first time of.
std::uint64_t left(Selection selection, const std::string& text = log_text) {
    ReadOptions options;
    options.selection = std::move(selection);
    LogReader reader(std::move(options));
    reader.read_text(text, "k.log");
    const Denials denials = reader.finish();
    std::uint64_t records = 0;
    for (const Denial& denial : denials.unique)
        records += denial.records;
    CHECK(denials.records == records);
    CHECK(denials.logs.at(0).records == records);
    CHECK(records + denials.excluded == 5);
    return records;
}

} // namespace

TEST_CASE("since is inclusive, until is not") {
    Selection selection;
    CHECK(left(selection) == 5);
    selection.since = 1700000002500;
    CHECK(left(selection) == 4);
    selection.until = 1700000004500;
    CHECK(left(selection) == 2);
    selection.since = 1700000002501;
    CHECK(left(selection) == 1);
}

TEST_CASE("types, devices and programs are excluded") {
    Selection selection;
    selection.exclude_source = {"a_t"};
    CHECK(left(selection) == 2);
    selection = {};
    selection.exclude_target = {"x_t", "z_t"};
    CHECK(left(selection) == 1);
    selection = {};
    selection.exclude_device = {"vda"};
    CHECK(left(selection) == 3);
    selection = {};
    selection.exclude_program = {"two"};
    CHECK(left(selection) == 3);
    selection.exclude_program = {"three"};
    CHECK(left(selection) == 4);
    selection.exclude_program = {"/usr/bin/four"};
    CHECK(left(selection) == 4);
    selection.exclude_program = {"f o"};
    CHECK(left(selection) == 4);
    selection.exclude_program = {"bin"};
    CHECK(left(selection) == 5);
}

TEST_CASE("what is excluded leaves no trace in what is kept") {
    Selection selection;
    selection.since = 1700000005000;
    ReadOptions options;
    options.selection = selection;
    LogReader reader(std::move(options));
    reader.read_text(log_text + log_text, "k.log");
    const Denials denials = reader.finish();
    REQUIRE(denials.unique.size() == 1);
    CHECK(denials.unique[0].records == 1);
    CHECK(denials.unique[0].seen.programs.empty());
    CHECK(denials.unique[0].seen.first == 1700000005);
    CHECK(denials.unique[0].at == selns::Location{"k.log", 5, 0});
    CHECK(denials.excluded == 8);
}

TEST_CASE("records without a time are kept, and counted when a time is asked for") {
    const std::string text = "avc:  denied  { read } for scontext=u:r:a_t tcontext=u:r:b_t "
                             "tclass=file permissive=0\n"
                             "type=1400 audit(0.0:6): avc: denied { read } for scontext=u:r:a_t "
                             "tcontext=u:r:b_t tclass=file permissive=0\n"
                             "2023-11-14T22:13:20+00:00 web kernel: avc:  denied  { read } for "
                             "scontext=u:r:a_t tcontext=u:r:b_t tclass=file permissive=0\n";
    for (const bool asked : {false, true}) {
        ReadOptions options;
        if (asked)
            options.selection.since = 1700000000001;
        LogReader reader(std::move(options));
        reader.read_text(text, "k.log");
        const Denials denials = reader.finish();
        CHECK(denials.records == (asked ? 2 : 3));
        CHECK(denials.without_time == (asked ? 2 : 0));
        CHECK(denials.excluded == (asked ? 1 : 0));
    }
}
