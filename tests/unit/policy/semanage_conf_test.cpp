#include "selns/policy/semanage_conf.hpp"
#include "support/catch.hpp"

using selns::policy::sanitised_semanage_conf;

TEST_CASE("settings that describe the policy pass, programs and places do not") {
    const std::string conf = sanitised_semanage_conf("expand-check=1\n"
                                                     "# usepasswd = true\n"
                                                     "ignoredirs = /root;/bin\n"
                                                     "store-root = /evil\n"
                                                     "module-store = /evil/socket\n"
                                                     "compiler-directory = /evil\n"
                                                     "handle-unknown = allow; rm\n"
                                                     "[setfiles]\npath = /evil/program\n[end]\n",
                                                     33, 99, "/noop");
    CHECK_THAT(conf, ContainsSubstring("expand-check = 1\n"));
    CHECK_THAT(conf, ContainsSubstring("ignoredirs = /root;/bin\n"));
    CHECK_THAT(conf, ContainsSubstring("module-store = direct\n"));
    CHECK_THAT(conf, ContainsSubstring("policy-version = 33\n"));
    CHECK_THAT(conf, ContainsSubstring("[setfiles]\npath = /noop\n"));
    CHECK_THAT(conf, !ContainsSubstring("evil"));
    CHECK_THAT(conf, !ContainsSubstring("rm"));
}

TEST_CASE("the image's own policy version stays") {
    const std::string conf = sanitised_semanage_conf("policy-version = 31\n", 33, 33, "/noop");
    CHECK_THAT(conf, ContainsSubstring("policy-version = 31\n"));
    CHECK_THAT(conf, !ContainsSubstring("33"));
}

TEST_CASE("no policy version is above what the libraries take") {
    for (const char* said : {"policy-version = 34\n", ""}) {
        const std::string conf = sanitised_semanage_conf(said, 34, 33, "/noop");
        CHECK_THAT(conf, ContainsSubstring("policy-version = 33\n"));
        CHECK_THAT(conf, !ContainsSubstring("34"));
    }
    CHECK_THAT(sanitised_semanage_conf("policy-version = 34\n", 34, 99, "/noop"),
               ContainsSubstring("policy-version = 34\n"));
}
