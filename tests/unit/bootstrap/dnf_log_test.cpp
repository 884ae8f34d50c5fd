#include "selns/base/text.hpp"
#include "selns/bootstrap/dnf_log.hpp"
#include "support/catch.hpp"

using namespace selns;
using namespace selns::bootstrap;

namespace {

struct DnfLogFixture {
    DnfRequest request;
    progress::NullSink sink;
    progress::Step step{sink, "bootstrap", ""};

    DnfLogFixture() {
        request.places = {{"cat", {"web.yaml", 4, 12}}, {"dog", {"web.yaml", 4, 17}}};
        request.repository_places = {{"repository-1", {"web.yaml", 6, 5}}};
        request.changes.local_packages = {{"/recipes/own.rpm", {"web.yaml", 4, 30}}};
        request.changes.commands = {{"false", {"web.yaml", 9, 5}}};
    }

    Error failure(std::string_view text) {
        DnfLog log(request, "/run", step);
        for (const std::string_view line : split(text, '\n'))
            log.line(line);
        return log.failure(25);
    }
};

} // namespace

TEST_CASE_METHOD(DnfLogFixture, "conflicting packages: dnf's problem, at the first one's place") {
    const Error error =
        failure("Error: \n Problem: conflicting requests\n"
                "  - package cat-1.0-1.noarch from fedora conflicts with dog "
                "provided by dog-1.0-1.noarch from fedora\n"
                "(try to add '--skip-broken' to skip uninstallable packages)\n"
                "E: command failed: /run/hooks/setup\nE: mmdebstrap failed to run\n");
    CHECK(error.message() == "Problem: conflicting requests");
    CHECK(error.hint().find("- package cat-1.0-1.noarch from fedora conflicts") !=
          std::string::npos);
    CHECK(error.hint().find("mmdebstrap") == std::string::npos);
    CHECK(error.location().column == 12);
}

TEST_CASE_METHOD(DnfLogFixture, "unsigned and wrongly signed packages") {
    Error error = failure("Package dog-1.0-1.noarch.rpm is not signed\nError: GPG check FAILED\n");
    CHECK(error.message() == "Package dog-1.0-1.noarch.rpm is not signed");
    CHECK(error.location().column == 17);
    error = failure("Public key for cat-1.0-1.noarch.rpm is not installed. Failing package is: "
                    "cat-1.0-1.noarch\n GPG Keys are configured as: file:///run/dnf/keys/1.asc\n"
                    "Error: GPG check FAILED\n");
    CHECK(error.message().starts_with("Public key for cat-1.0-1.noarch.rpm is not installed"));
    CHECK(error.location().column == 12);
}

TEST_CASE_METHOD(DnfLogFixture, "a package that is missing, a repository that does not answer") {
    Error error = failure("No match for argument: cat\nError: Unable to find a match: cat\n");
    CHECK(error.message() == "No match for argument: cat");
    CHECK(error.location().line == 4);
    error = failure("Errors during downloading metadata for repository 'repository-1':\n"
                    "  - Curl error (37): Couldn't read a file:// file\n"
                    "Error: Failed to download metadata for repo 'repository-1': no mirrors\n");
    CHECK(error.message() == "Failed to download metadata for repo 'repository-1': no mirrors");
    CHECK(error.location().line == 6);
}

TEST_CASE_METHOD(DnfLogFixture, "a local package is called what the recipe calls it") {
    const Error error = failure("Error: Could not open: /run/packages/1.rpm\n");
    CHECK(error.message() == "Could not open: /recipes/own.rpm");
    CHECK(error.location().column == 30);
}

TEST_CASE_METHOD(DnfLogFixture, "a command that failed") {
    const Error error = failure("selns-build: command 0\nits words\n"
                                "selns-build: command 0 failed 3\nE: command failed: x\n");
    CHECK(error.message() == "the command ended with status 3: false");
    CHECK(error.hint() == "its words");
    CHECK(error.location().line == 9);
}

TEST_CASE_METHOD(DnfLogFixture,
                 "the last list of packages counts, whatever scripts and commands write") {
    DnfLog log(request, "/run", step);
    for (const char* line :
         {"selns-build: package forged 1 noarch installed", "selns-build: command 0",
          "selns-build: packages", "selns-build: package forged 2 noarch installed",
          "selns-build: packages", "selns-build: package cat 1.0-1 noarch installed"})
        log.line(line);
    CHECK(log.packages() == std::vector<Package>{{"cat", "1.0-1", "noarch"}});
}

TEST_CASE_METHOD(DnfLogFixture, "nothing that is written makes it grow or fail") {
    DnfLog log(request, "/run", step);
    for (int i = 0; i < 5000; ++i)
        log.line("Error: " + std::to_string(i) + std::string(5000, 'x'));
    for (const char* line : {"[", "[/] Installing x", "[9/1] Installing x", "(1): ", "] a b/c",
                             "  Installing : x 99999999999999999999/1", "selns-build: ",
                             "selns-build: command", "selns-build: note", "Installing a /"})
        log.line(line);
    CHECK(log.failure(1).hint().size() < 20000);
}
