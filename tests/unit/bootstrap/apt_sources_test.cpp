#include "selns/bootstrap/apt_sources.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::bootstrap;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* print_uris =
    "'http://mirror.example/debian/dists/bookworm/InRelease' mirror_bookworm_InRelease 0 \n"
    "'http://mirror.example/debian/dists/bookworm-updates/InRelease' mirror_updates_InRelease 0 \n"
    "'http://mirror.example/security/dists/bookworm-security/InRelease' mirror_security 0 \n"
    "'http://vendor.example/linux/dists/bookworm/InRelease' vendor_InRelease 0 \n"
    "'http://flat.example/repo/./InRelease' flat_InRelease 0 \n"
    "'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0 \n"
    "'http://mirror.example/debian/dists/bookworm/main/binary-all/Packages.xz' x 0 \n"
    "'http://mirror.example/debian/dists/bookworm/contrib/binary-amd64/Packages.xz' x 0 \n"
    "'http://mirror.example/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz' x 0 \n"
    "'http://vendor.example/linux/dists/bookworm/stable/binary-amd64/Packages.xz' x 0 \n"
    "W: a warning\n'\n''\n'x'\n";

AptSource source(const char* uri, const char* suite, std::optional<std::string> origin = "Debian") {
    return {uri, suite, {"main"}, "list", std::move(origin), {}};
}

recipe::Release release(const char* name) {
    recipe::Release apt;
    apt.name = name;
    apt.components = {"main"};
    return apt;
}

const AptArchives own_archives = {
    "Debian", "/k.gpg", "keyring", {"/debian", "/debian-security"}, {"sid", "unstable"}};

} // namespace

TEST_CASE("apt's sources are read in any form they were written") {
    const auto sources = parse_print_uris(print_uris);
    REQUIRE(sources.size() == 4);
    CHECK(sources[0].uri == "http://mirror.example/debian");
    CHECK(sources[0].suite == "bookworm");
    CHECK(sources[0].components == Lines{"main", "contrib"});
    CHECK(sources[0].list == "mirror_bookworm_InRelease");
    CHECK(sources[1].suite == "bookworm-updates");
    CHECK(sources[1].components == Lines{"main"});
    CHECK(sources[2].uri == "http://mirror.example/security");
    CHECK(sources[3].components == Lines{"stable"});
    CHECK(parse_print_uris("").empty());
}

TEST_CASE("origin and codename come from the head of an InRelease file") {
    AptSource read = source("u", "stable", std::nullopt);
    read_release(read, "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\n"
                       "Suite: stable\nCodename: bookworm\nSHA256:\n Origin: no\nOrigin: late\n");
    CHECK(read.origin == "Debian");
    CHECK(read.codename == "bookworm");
}

TEST_CASE("the recipe's mirror is taken alone and as it is") {
    recipe::Release debian = release("trixie");
    debian.mirror = "https://mirror.example/debian/";
    debian.components = {"main", "contrib"};
    const std::vector<AptSource> host = {source("http://host.example/debian", "trixie")};
    CHECK(apt_sources(debian, own_archives, host, "/k.gpg") ==
          Lines{"deb [signed-by=/k.gpg] https://mirror.example/debian/ trixie main contrib"});
    CHECK(apt_sources(debian, own_archives, host, std::nullopt) ==
          Lines{"deb https://mirror.example/debian/ trixie main contrib"});
}

TEST_CASE("the host's sources of its own release are taken over") {
    const std::vector<AptSource> host = {
        source("http://a.example/debian", "bookworm"),
        source("http://a.example/debian", "bookworm-updates"),
        source("http://a.example/debian", "bookworm-updates"),
        source("http://a.example/debian", "bookworm-backports"),
        source("http://a.example/debian", "bookworm-proposed-updates"),
        source("http://b.example/sec", "bookworm-security"),
        source("http://c.example/debian", "bookworm", "Vendor"),
        source("http://d.example/debian", "trixie"),
        source("cdrom:[x]", "bookworm"),
        source("mirror+file:/etc/mirrors", "bookworm")};
    CHECK(apt_sources(release("bookworm"), own_archives, host, std::nullopt) ==
          Lines{"deb http://a.example/debian bookworm main",
                "deb http://a.example/debian bookworm-updates main",
                "deb http://b.example/sec bookworm-security main"});
}

TEST_CASE("a release is known by its codename, too") {
    std::vector<AptSource> host = {source("http://a.example/debian", "stable"),
                                   source("http://a.example/debian", "stable-updates")};
    host[0].codename = "bookworm";
    host[1].codename = "bookworm-updates";
    CHECK(apt_sources(release("bookworm"), own_archives, host, std::nullopt) ==
          Lines{"deb http://a.example/debian bookworm main",
                "deb http://a.example/debian bookworm-updates main"});
}

TEST_CASE("another release comes from the same archives") {
    const std::vector<AptSource> host = {source("http://a.example/debian", "bookworm"),
                                         source("http://a.example/debian", "bookworm-updates"),
                                         source("http://b.example/sec", "bookworm-security")};
    CHECK(apt_sources(release("trixie"), own_archives, host, std::nullopt) ==
          Lines{"deb http://a.example/debian trixie main",
                "deb http://a.example/debian trixie-updates main",
                "deb http://b.example/sec trixie-security main"});
    CHECK(apt_sources(release("sid"), own_archives, host, std::nullopt) ==
          Lines{"deb http://a.example/debian sid main"});
}

TEST_CASE("without apt's lists, Debian's archives are known by their path and component") {
    std::vector<AptSource> host = {
        source("http://a.example/debian", "bookworm", std::nullopt),
        source("http://a.example/linux/debian", "bookworm", std::nullopt),
        source("http://a.example/other", "bookworm", std::nullopt)};
    host[1].components = {"stable"};
    CHECK(apt_sources(release("bookworm"), own_archives, host, std::nullopt) ==
          Lines{"deb http://a.example/debian bookworm main"});
    CHECK(apt_sources(release("bookworm"), own_archives, {}, std::nullopt).empty());
}

TEST_CASE("a distribution takes no archive of another") {
    const AptArchives ubuntu = {"Ubuntu", "/k.gpg", "keyring", {"/ubuntu"}, {}};
    recipe::Release noble = release("noble");
    noble.components = {"main", "universe"};
    std::vector<AptSource> host = {source("http://a.example/debian", "bookworm"),
                                   source("http://b.example/ubuntu", "jammy", "Ubuntu"),
                                   source("http://b.example/ubuntu", "jammy-security", "Ubuntu"),
                                   source("http://b.example/ubuntu", "jammy-backports", "Ubuntu")};
    const Lines expected = {"deb http://b.example/ubuntu noble main universe",
                            "deb http://b.example/ubuntu noble-security main universe"};
    CHECK(apt_sources(noble, ubuntu, host, std::nullopt) == expected);
    for (AptSource& unknown : host)
        unknown.origin.reset();
    CHECK(apt_sources(noble, ubuntu, host, std::nullopt) == expected);
    CHECK(apt_sources(release("bookworm"), own_archives, host, std::nullopt) ==
          Lines{"deb http://a.example/debian bookworm main"});
    host.resize(1);
    CHECK(apt_sources(noble, ubuntu, host, std::nullopt).empty());
}

TEST_CASE("a repository's source carries its key") {
    recipe::Repository repository;
    repository.uri = "https://vendor.example/apt";
    repository.suite = "stable";
    repository.components = {"main", "extra"};
    CHECK(repository_source(repository, "-----BEGIN-----\n\nAAAA\n=BBBB\n-----END-----\n") ==
          "Types: deb\nURIs: https://vendor.example/apt\nSuites: stable\n"
          "Components: main extra\nSigned-By:\n -----BEGIN-----\n .\n AAAA\n =BBBB\n"
          " -----END-----\n");
    repository.suite = "./";
    repository.components.clear();
    CHECK_THAT(repository_source(repository, "K"), !ContainsSubstring("Components"));
}

TEST_CASE("packages of file: repositories are copied during a run") {
    CHECK(with_copied_packages("deb [signed-by=/k] file:///srv/a stable main") ==
          "deb [signed-by=/k] copy:///srv/a stable main");
    CHECK(with_copied_packages("URIs: file:/srv/a\n") == "URIs: copy:/srv/a\n");
    CHECK(with_copied_packages("deb http://file.example/x y z") == "deb http://file.example/x y z");
}
