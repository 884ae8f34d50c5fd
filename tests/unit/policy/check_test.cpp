#include "selns/policy/check.hpp"
#include "support/catch.hpp"

using namespace selns::policy;

namespace {

std::vector<UnknownName> one(UnknownName::Kind kind, const std::string& name) {
    return {{kind, name, {}, ""}};
}

} // namespace

TEST_CASE("what an installed module declares is known") {
    const std::string cil = "(type foo_t)\n(typeattribute\n  domain)\n(block b (boolean flag true))"
                            "(roletype object_r bar_t)(allow a_t barbar_t (file (read)))";
    const auto left = [&](UnknownName::Kind kind, const std::string& name) {
        auto unknown = one(kind, name);
        remove_declared(unknown, cil);
        return unknown.size();
    };
    CHECK(left(UnknownName::Kind::type, "foo_t") == 0);
    CHECK(left(UnknownName::Kind::type, "domain") == 0);
    CHECK(left(UnknownName::Kind::boolean, "flag") == 0);
    CHECK(left(UnknownName::Kind::type, "flag") == 1);
    CHECK(left(UnknownName::Kind::type, "bar_t") == 1);
    CHECK(left(UnknownName::Kind::type, "oo_t") == 1);
    CHECK(left(UnknownName::Kind::type, "foo") == 1);
}
