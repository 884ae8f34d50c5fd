#include "selns-run/options.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::run;

using Action = Options::Action;

TEST_CASE("the launcher's command line is read") {
    const Options run = parse_options({"--network=host", "--name", "a", "--enforcing",
                                       "--selinux-namespace", "none", "--limit=5", "--context",
                                       "u:r:t:s0", "x.ext4", "--", "--name", "--"});
    CHECK(run.action == Action::run);
    CHECK(run.what == "x.ext4");
    CHECK(run.name == "a");
    CHECK(run.host_network);
    CHECK(run.enforcing == true);
    CHECK(run.selinux == SelinuxUse::initial);
    CHECK(run.limit == 5);
    CHECK(run.command == std::vector<std::string>{"--name", "--"});

    const Options plain = parse_options({"x.ext4"});
    CHECK(plain.selinux == SelinuxUse::required);
    CHECK_FALSE(plain.host_network);
    CHECK_FALSE(plain.enforcing.has_value());

    CHECK(parse_options({"exec", "web", "--", "ls", "-l"}).command.size() == 2);
    CHECK(parse_options({"list"}).action == Action::list);
    CHECK(parse_options({"stop", "--limit", "1", "web"}).what == "web");
    CHECK(parse_options({"status"}).what.empty());
    CHECK(parse_options({"status", "12"}).what == "12");
    const Options enter = parse_options({"enter", "--launch=l", "--network=host", "--permissive"});
    CHECK(enter.action == Action::enter);
    CHECK(enter.launch_file == "l");
    CHECK(enter.enforcing == false);
    CHECK(enter.host_network);
    CHECK(parse_options({"enter", "--without-selinux", "--", "ls"}).command.size() == 1);
    CHECK(parse_options({"unshare", "--", "sh"}).action == Action::unshare);
    CHECK(parse_options({}).action == Action::help);
    CHECK(parse_options({"--help"}).action == Action::help);
}

TEST_CASE("a wrong command line is refused") {
    const auto arguments = GENERATE(values<std::vector<std::string>>({
        {"--name"},
        {"--name="},
        {"--nonsense", "x"},
        {"x", "y"},
        {"--network=none", "x"},
        {"--selinux-namespace=maybe", "x"},
        {"--limit=-1", "x"},
        {"--limit=1x", "x"},
        {"--context=nothing", "x", "--", "ls"},
        {"--context=u:r:t:s0", "x"},
        {"enter"},
        {"enter", "--launch=l", "x"},
        {"enter", "--launch=l", "--name=a"},
        {"enter", "--launch=l", "--context=u:r:t:s0"},
        {"exec", "web"},
        {"exec", "--", "ls"},
        {"exec", "--name", "a", "web", "--", "ls"},
        {"exec", "web", "--", ""},
        {"stop"},
        {"list", "x"},
        {"list", "--", "x"},
        {"unshare"},
        {"unshare", "x", "--", "ls"},
    }));
    CHECK_THROWS_AS(parse_options(arguments), Error);
}
