#include "recipes.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/mmdebstrap_log.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace selns;
using namespace selns::bootstrap;

namespace {

class Events final : public progress::Sink {
  public:
    void on(const progress::Event& event) override { events.push_back(event); }
    bool shows(const std::string& detail) const {
        return std::any_of(events.begin(), events.end(), [&](const progress::Event& event) {
            return event.kind == progress::EventKind::detail && event.text == detail;
        });
    }
    std::vector<progress::Event> events;
};

struct Logged {
    Events events;
    progress::Step step{events, "bootstrap", "bookworm"};
    AptRequest request = apt_request(test::full_recipe(), test::debian_archives(),
                                     test::bookworm_host(), test::full_ingredients(), std::nullopt);
    MmdebstrapLog log{request, "/tmp/run", step};

    void feed(std::string_view text) {
        for (const std::string_view line : split(text, '\n'))
            log.line(line);
    }
};

// Recorded from mmdebstrap 1.3.5 with apt 2.6.1; names of hosts replaced.
constexpr const char* unknown_package =
    "I: chroot architecture amd64 is equal to the host's architecture\n"
    "I: installing remaining packages inside the chroot...\n"
    "Reading package lists...\nBuilding dependency tree...\n"
    "E: Unable to locate package nosuchpkgxyz\n"
    "E: setup failed: E: apt-get -o Dir::Bin::dpkg=env --yes install -oAPT::Status-Fd=<$fd> "
    "nosuchpkgxyz iproute2 failed\n"
    "I: main() received signal PIPE: waiting for setup...\n"
    "I: removing tempdir /tmp/mmdebstrap.fX0KuVmgOW...\nE: mmdebstrap failed to run\n";

constexpr const char* unreachable_mirror =
    "I: running apt-get update...\n"
    "Ign:1 http://nonexistent.invalid/debian bookworm InRelease\n"
    "Err:1 http://nonexistent.invalid/debian bookworm InRelease\n"
    "  Could not resolve 'nonexistent.invalid'\nReading package lists...\n"
    "E: Failed to fetch http://nonexistent.invalid/debian/dists/bookworm/InRelease  Could not "
    "resolve 'nonexistent.invalid'\n"
    "E: Some index files failed to download. They have been ignored, or old ones used instead.\n"
    "E: apt-get update --error-on=any -oAPT::Status-Fd=<$fd> -oDpkg::Use-Pty=false failed\n"
    "I: main() received signal PIPE: waiting for setup...\nE: mmdebstrap failed to run\n";

constexpr const char* unmet_dependencies =
    "The following packages have unmet dependencies:\n"
    " first : Depends: no-such-thing but it is not installable\n"
    "E: Unable to correct problems, you have held broken packages.\n"
    "E: setup failed: E: apt-get install failed\n";

} // namespace

TEST_CASE_METHOD(Logged, "a package that does not exist: apt's own reason") {
    feed(unknown_package);
    const Error error = log.failure(1);
    CHECK(error.kind() == ErrorKind::tool_failed);
    CHECK(error.message() == "Unable to locate package nosuchpkgxyz");
    CHECK_THAT(error.hint(), ContainsSubstring("components"));
    CHECK(split(error.hint(), '\n').size() <= 3);
}

TEST_CASE_METHOD(Logged, "a package of the recipe that does not exist is shown where it stands") {
    feed("E: Unable to locate package udev\n");
    CHECK(log.failure(1).location() == Location{"web.yaml", 4, 12});
}

TEST_CASE_METHOD(Logged, "a mirror that does not answer: apt's own reason") {
    feed(unreachable_mirror);
    const Error error = log.failure(1);
    CHECK(error.message() ==
          "Failed to fetch http://nonexistent.invalid/debian/dists/bookworm/InRelease  Could not "
          "resolve 'nonexistent.invalid'");
    CHECK_THAT(error.hint(), ContainsSubstring("from.debian.mirror"));
}

TEST_CASE_METHOD(Logged, "a repository that another key signed is shown where it stands") {
    feed(
        "W: GPG error: copy:/srv/repository stable InRelease: The following signatures couldn't be "
        "verified because the public key is not available: NO_PUBKEY 0123456789ABCDEF\n"
        "E: The repository 'copy:/srv/repository stable InRelease' is not signed.\n"
        "E: apt-get update --error-on=any failed\n");
    const Error error = log.failure(25);
    CHECK_THAT(error.message(), ContainsSubstring("NO_PUBKEY 0123456789ABCDEF"));
    CHECK_THAT(error.hint(), ContainsSubstring("'file:/srv/repository stable InRelease' is not"));
    CHECK(error.location() == Location{"web.yaml", 6, 5});
}

TEST_CASE_METHOD(Logged, "dependencies that cannot be met are named") {
    feed(unmet_dependencies);
    const Error error = log.failure(1);
    CHECK_THAT(error.message(), ContainsSubstring("held broken packages"));
    CHECK_THAT(error.hint(), ContainsSubstring("first : Depends: no-such-thing"));
}

TEST_CASE_METHOD(Logged, "a local package is shown under its own name and place") {
    feed("E: Could not read meta data from /tmp/run/packages/2.deb\n");
    const Error error = log.failure(1);
    CHECK(error.message() == "Could not read meta data from /recipes/second.deb");
    CHECK(error.location() == Location{"web.yaml", 4, 60});
}

TEST_CASE_METHOD(Logged, "a command that fails is shown with its place, status and output") {
    feed("I: running --customize-hook directly: /tmp/run/hooks/customize /tmp/root\n"
         "selns-build: command 0000\nof the first\nselns-build: command 0001\noops\nE: mine\n"
         "selns-build: command 0001 failed 3\n"
         "E: setup failed: E: command failed: /tmp/run/hooks/customize\n"
         "E: mmdebstrap failed to run\n");
    const Error error = log.failure(1);
    CHECK(error.message() == "the command ended with status 3: echo 'a\\x0ab' > /etc/it");
    CHECK(error.location() == Location{"web.yaml", 10, 5});
    CHECK(error.hint() == "oops\nE: mine");
    CHECK(events.shows("running systemctl enable it"));
}

TEST_CASE_METHOD(Logged, "a full disk is told with what to do") {
    feed("W: creating tarball failed: E: cannot copy to /c/raw.tar: No space left on device\n"
         "E: mmdebstrap failed to run\n");
    const Error error = log.failure(1);
    CHECK(error.message() == "cannot copy to /c/raw.tar: No space left on device");
    CHECK_THAT(error.hint(), ContainsSubstring("TMPDIR"));
}

TEST_CASE_METHOD(Logged, "without any reason, the last lines are shown") {
    for (int i = 0; i < 1000; ++i)
        log.line("line " + std::to_string(i));
    const Error error = log.failure(25);
    CHECK(error.message() == "mmdebstrap failed (exit status 25)");
    CHECK_THAT(error.hint(), ContainsSubstring("line 999"));
    CHECK(split(error.hint(), '\n').size() <= 20);
}

TEST_CASE_METHOD(Logged, "progress follows apt and dpkg") {
    feed("I: running apt-get update...\n"
         "0 upgraded, 66 newly installed, 0 to remove and 0 not upgraded.\n"
         "Get:1 http://mirror.example/debian bookworm/main amd64 gcc-12-base amd64 12.2 [37 kB]\n"
         "Setting up libc6:amd64 (2.36) ...\n"
         "Updating selinux default policy (this step might take a moment)...\n");
    CHECK(events.shows("reading the package lists"));
    CHECK(events.shows("fetching gcc-12-base"));
    CHECK(events.shows("setting up libc6:amd64"));
    CHECK(events.shows("compiling the policy: half a minute"));
    // Not more than some tens in a second.
    const auto advanced =
        std::ranges::find(events.events, progress::EventKind::advanced, &progress::Event::kind);
    REQUIRE(advanced != events.events.end());
    CHECK(advanced->done == 1);
    CHECK(advanced->total == 66);
    CHECK(advanced->unit == "packages fetched");
}

TEST_CASE_METHOD(Logged, "packages are taken from the hook, before commands run") {
    feed("selns-build: package b 2 all installed\nselns-build: package a 1:1 amd64 installed\n"
         "selns-build: package c 1 all config-files\nselns-build: package too short\n"
         "selns-build: command 0\nselns-build: package forged 1 all installed\n"
         "selns-build: command 77\nselns-build: command x\nselns-build: \n");
    CHECK(log.packages() == std::vector<Package>{{"a", "1:1", "amd64"}, {"b", "2", "all"}});
}

TEST_CASE_METHOD(Logged, "packages of a simulation") {
    feed("Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []\n"
         "Inst mawk (1.3.4 Debian:12.15/oldstable, Other:1/x [amd64])\n"
         "Inst tzdata [1] (2 Debian:12/x [all])\nInst mawk (1.3.4 Debian:12/x [amd64])\n"
         "Inst\nInst x\nInst x (\nInst x ()\nInst x (1 y])\nConf libc6 (2.36 D [amd64])\n");
    CHECK(log.packages() == std::vector<Package>{{"libc6", "2.36-9+deb12u14", "amd64"},
                                                 {"mawk", "1.3.4", "amd64"},
                                                 {"tzdata", "2", "all"}});
}

TEST_CASE_METHOD(Logged, "hostile output neither grows nor escapes") {
    log.line(std::string(1U << 20U, 'x'));
    feed("E: \x1b[2J\n");
    for (int i = 0; i < 5000; ++i)
        log.line("E: reason " + std::to_string(i));
    const Error error = log.failure(1);
    CHECK(error.message() == "\\x1b[2J");
    CHECK(error.hint().size() < 2000);
}
