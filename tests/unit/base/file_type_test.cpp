#include "selns/base/file_type.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>

using namespace selns;

TEST_CASE("marks of file contexts stand for types of files") {
    for (const std::string& mark : type_marks())
        CHECK(type_mark(marked_type(mark).value()) == mark);
    CHECK(type_marks().size() == 7);
    CHECK(type_mark(S_IFDIR | 0755U) == "-d");
    CHECK(type_mark(0).empty());
    CHECK_FALSE(marked_type(""));
    CHECK_FALSE(marked_type("-x"));
}
