#include "selns-build/commands/setting.hpp"
#include "selns/base/error.hpp"
#include "support/catch.hpp"

using namespace selns;

namespace {

std::optional<std::int64_t> epoch_of(const char* value) {
    return cmd::source_date_epoch([value](const char*) { return value; });
}

} // namespace

TEST_CASE("SOURCE_DATE_EPOCH") {
    CHECK_FALSE(epoch_of(nullptr).has_value());
    CHECK_FALSE(epoch_of("").has_value());
    CHECK(epoch_of("0") == 0);
    CHECK(epoch_of("1700000000") == 1700000000);
    CHECK(epoch_of("253402300799") == 253402300799);
    for (const char* wrong :
         {"253402300800", "-1", "+1", " 1", "1 ", "1.5", "0x10", "now", "99999999999999999999"}) {
        try {
            epoch_of(wrong);
            FAIL("taken: " << wrong);
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::usage);
        }
    }
}
