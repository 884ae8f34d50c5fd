#include "selns/bootstrap/dnf_repositories.hpp"
#include "support/catch.hpp"

using namespace selns::bootstrap;

namespace {

DnfRelease two_channels() {
    DnfRelease release;
    release.words = "Fedora 43";
    release.brand = "Fedora";
    release.channels = {{"fedora", "releases/$releasever/os/", "metalink=https://m.example/?a=b"},
                        {"updates", "updates/$releasever/", "mirrorlist=https://m.example/u"}};
    return release;
}

const std::vector<DnfRepository> own_repositories = {
    {"fedora", {{"name", "Fedora $releasever"}, {"baseurl", "http://local.example/f"}}},
    {"updates", {{"name", "Fedora $releasever - Updates"}, {"baseurl", "http://local.example/u"}}}};

} // namespace

TEST_CASE("of a .repo file, what says where packages are is kept") {
    const auto found = parse_repositories("# comment\nlost=1\n[one]\nname = One \nenabled=0\n"
                                          "gpgcheck=0\nbaseurl=http://a.example/\n"
                                          "  http://b.example/\nexclude=x\n  y\n\n[two]\n");
    REQUIRE(found.size() == 2);
    CHECK(found[0] ==
          DnfRepository{"one",
                        {{"name", "One"}, {"baseurl", "http://a.example/ http://b.example/"}}});
    CHECK(found[1].options.empty());
}

TEST_CASE("a release comes from the recipe's mirror, else from this host's repositories, else from "
          "who knows mirrors") {
    const auto mirrored =
        release_repositories(two_channels(), "http://mine.example/fedora", own_repositories);
    REQUIRE(mirrored.size() == 2);
    CHECK(mirrored[0].options[1].second == "http://mine.example/fedora/releases/$releasever/os/");
    CHECK(release_repositories(two_channels(), {}, own_repositories) == own_repositories);
    const auto known = release_repositories(two_channels(), {}, {});
    CHECK(known[0].options[1] ==
          std::pair<std::string, std::string>("metalink", "https://m.example/?a=b"));
    CHECK(known[1].options[1].first == "mirrorlist");
}

TEST_CASE("another distribution's repository of the same name is not taken") {
    auto other = own_repositories;
    other[0].options[0].second = "Other $releasever";
    CHECK(release_repositories(two_channels(), {}, other)[0].options[1].first == "metalink");
}

TEST_CASE("packages of every repository must be signed") {
    CHECK(repository_section(own_repositories[0], file_uri("/run dir/1,2.asc")) ==
          "[fedora]\nname=Fedora $releasever\nbaseurl=http://local.example/f\nenabled=1\n"
          "gpgcheck=1\ngpgkey=file:///run%20dir/1%2C2.asc\n");
}
