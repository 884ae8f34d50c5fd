#include "selns/base/file.hpp"
#include "selns/converge/progress.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using converge::Progress;

TEST_CASE("A run goes on where it was, with what it learnt") {
    const test::TempDir place;
    const auto own = place.write("selinuxns.cil", "; own\n");
    const auto directory = place.path() / "web.converge";
    {
        Progress progress(directory, "key", own, "selinuxns.cil");
        CHECK_FALSE(progress.continued());
        CHECK(test::read_text(progress.module()) == "; own\n");
        write_file(progress.module(), "; learnt\n");
        converge::Round round;
        round.number = 1;
        progress.add(round);
    }
    {
        Progress progress(directory, "key", own, "selinuxns.cil");
        CHECK(progress.continued());
        CHECK(progress.rounds().size() == 1);
        CHECK(test::read_text(progress.module()) == "; learnt\n");
    }
    SECTION("but not when something else has changed") {
        const Progress progress(directory, "another key", own, "selinuxns.cil");
        CHECK_FALSE(progress.continued());
        CHECK(progress.rounds().empty());
        CHECK(test::read_text(progress.module()) == "; own\n");
    }
    SECTION("nor when its state is damaged") {
        write_file(directory / "state.json", "{");
        CHECK_FALSE(Progress(directory, "key", own, "selinuxns.cil").continued());
    }
    SECTION("nor when it came to its end") {
        Progress(directory, "key", own, "selinuxns.cil").end();
        CHECK_FALSE(Progress(directory, "key", own, "selinuxns.cil").continued());
    }
}

TEST_CASE("Without a module it begins with none") {
    const test::TempDir place;
    const Progress progress(place.path() / "d", "key", place.path() / "missing.cil", "missing.cil");
    CHECK_FALSE(std::filesystem::exists(progress.module()));
}
