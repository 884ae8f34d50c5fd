// Access that no log opens by itself, against the policy of Debian 12 and small ones.

#include "fake_policy.hpp"
#include "selns/denials/guard.hpp"
#include "selns/denials/verdict.hpp"
#include "support/catch.hpp"
#include "support/host_policy.hpp"

#include <iostream>

using namespace selns::denials;
using namespace selns::test;

TEST_CASE("dump", "[.dump]") {
    const auto db = selns::selinux::PolicyDb::read(host_policy(), "policy");
    const TypeMeanings meanings(db, {});
    for (const auto& type : db.types())
        if (meanings.of(type) != 0)
            std::cout << std::hex << meanings.of(type) << " " << type << "\n";
}
