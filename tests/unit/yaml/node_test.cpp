#include "selns/yaml/node.hpp"
#include "support/catch.hpp"

using selns::yaml::Kind;
using selns::yaml::path_of;
using selns::yaml::plain_kind;

TEST_CASE("plain scalars are what YAML 1.2's core schema says") {
    for (const char* text : {"", "~", "null", "Null", "NULL"})
        CHECK(plain_kind(text) == Kind::null);
    for (const char* text : {"true", "True", "TRUE", "false", "False", "FALSE"})
        CHECK(plain_kind(text) == Kind::boolean);
    for (const char* text : {"0", "12", "-3", "+4", "0644", "0o644", "0xfF"})
        CHECK(plain_kind(text) == Kind::integer);
    for (const char* text : {"1.5", ".5", "1.", "-1e3", "1.0E-9", ".inf", "-.Inf", ".NAN"})
        CHECK(plain_kind(text) == Kind::real);
    for (const char* text :
         {"yes", "no", "on", "off", "tRue", "2G",  "1.2.3", "0x",    "0o8", "-",
          "+",   ".",  "e3", "1e",  "1e+",  "--1", "nul",   "-.nan", "1 2", ".e3"}) {
        CAPTURE(text);
        CHECK(plain_kind(text) == Kind::string);
    }
}

TEST_CASE("paths name places and are safe to print") {
    CHECK(path_of("", "name") == "name");
    CHECK(path_of("selinux", "mode") == "selinux.mode");
    CHECK(path_of("packages", std::size_t{2}) == "packages[2]");
    CHECK(path_of("", "\x1b[31m") == "\\x1b[31m");
}
