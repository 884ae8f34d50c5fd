#include "fake_runner.hpp"
#include "recipes.hpp"
#include "selns/bootstrap/apt_host.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::bootstrap;

namespace {

AptHost host_of(test::FakeRunner& runner) {
    const test::TempDir directory;
    const Interrupt interrupt;
    const cache::Store store(directory.path(), interrupt);
    return apt_host(apt::Answers(store, runner), test::debian_archives());
}

} // namespace

TEST_CASE("the host's facts come from dpkg and apt") {
    test::FakeRunner runner;
    const AptHost host = host_of(runner);
    CHECK(host.architecture == "amd64");
    CHECK(host.tools == "mmdebstrap 1.3.5-7 apt 2.6.1");
    REQUIRE(host.sources.size() == 1);
    CHECK(host.sources[0].uri == "http://mirror.example/debian");
    CHECK_FALSE(host.sources[0].origin);
}

TEST_CASE("a host without apt and dpkg has no facts, and that is no error") {
    test::FakeRunner runner;
    runner.missing = {"apt-get", "dpkg", "dpkg-query", "mmdebstrap", "apt-config"};
    const AptHost host = host_of(runner);
    CHECK(host.architecture.empty());
    CHECK(host.tools.empty());
    CHECK(host.sources.empty());
}

TEST_CASE("only what concerns proxies is handed over from apt's configuration") {
    CHECK(proxy_configuration("APT \"\";\nAcquire::http \"\";\n"
                              "Acquire::http::Proxy \"http://proxy.example:3128\";\n"
                              "Acquire::http::Proxy::mirror.example \"DIRECT\";\n"
                              "Acquire::http::Timeout \"9\";\n"
                              "Acquire::https::Proxy-Auto-Detect \"/usr/bin/detect\";\n"
                              "DPkg::Pre-Invoke:: \"echo Proxy\";\nAcquire::http::Proxy\n") ==
          "Acquire::http::Proxy \"http://proxy.example:3128\";\n"
          "Acquire::http::Proxy::mirror.example \"DIRECT\";\n"
          "Acquire::https::Proxy-Auto-Detect \"/usr/bin/detect\";\n");
    CHECK(proxy_configuration("").empty());
}
