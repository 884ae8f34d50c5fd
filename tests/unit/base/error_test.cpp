#include "selns/base/diagnostics.hpp"
#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "support/catch.hpp"

#include <cerrno>

using namespace selns;

TEST_CASE("an error shows its place, its context and what to do") {
    Error error =
        Error(ErrorKind::invalid_input, "no such boolean").at({"a.yaml", 3, 7}).hint("look it up");
    CHECK(std::string(error.what()) == "a.yaml:3:7: no such boolean\nlook it up");
    error.context("selinux.booleans");
    CHECK(std::string(error.what()) == "a.yaml:3:7: selinux.booleans: no such boolean\nlook it up");
    CHECK(Location{"f"}.str() == "f");
    CHECK(Location{"f", 2}.str() == "f:2");
}

TEST_CASE("each kind of error has its exit status") {
    CHECK(exit_status(ErrorKind::failed) == 1);
    CHECK(exit_status(ErrorKind::usage) == 2);
    CHECK(exit_status(ErrorKind::invalid_input) == 3);
    CHECK(exit_status(ErrorKind::tool_failed) == 4);
    CHECK(exit_status(ErrorKind::interrupted) == 130);
}

TEST_CASE("a full disk says what can be done") {
    CHECK_FALSE(system_error("cannot write x", ENOSPC).hint().empty());
    CHECK(system_error("cannot write x", EIO).hint().empty());
}

TEST_CASE("diagnostics are thrown together, in the order of their places") {
    Diagnostics problems;
    problems.throw_if_any();
    problems.add({"a", 2, 1}, "second");
    problems.add({"a", 1, 9}, "first");
    problems.add({"a", 10, 1}, "third");
    CHECK_THROWS_WITH(problems.throw_if_any(), "a:1:9: first\na:2:1: second\na:10:1: third");
}

TEST_CASE("fields of a fingerprint do not run into each other") {
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(Fingerprint("k").add("ab").add("c").hex() != Fingerprint("k").add("a").add("bc").hex());
    CHECK(Fingerprint("k").add("a").hex() == Fingerprint("k").add("a").hex());
}
