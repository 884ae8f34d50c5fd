#include "fake_runner.hpp"
#include "selns/bootstrap/dnf_host.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using namespace selns::bootstrap;

namespace {

constexpr const char* key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF9C\n"
                            "-----END PGP PUBLIC KEY BLOCK-----\n";

struct DnfHostFixture {
    test::TempDir dir;
    test::FakeRunner runner;

    DnfHost host() {
        const Interrupt interrupt;
        const cache::Store store(dir.path() / "cache", interrupt);
        DnfRelease release;
        release.keys = {"RPM-GPG-KEY-one", "RPM-GPG-KEY-two"};
        release.key_folder = "fedora";
        return dnf_host(apt::Answers(store, runner), runner, release, dir.path());
    }
};

} // namespace

TEST_CASE_METHOD(DnfHostFixture, "this host's repositories and their variables are read") {
    dir.write("etc/yum.repos.d/b.repo", "[b]\nbaseurl=http://b.example/\n");
    dir.write("etc/yum.repos.d/a.repo", "[a]\nbaseurl=http://a.example/\n");
    dir.write("etc/yum.repos.d/a.repo.rpmsave", "[old]\n");
    dir.write("etc/dnf/vars/rltype", "-vault\nnot this\n");
    const DnfHost found = host();
    REQUIRE(found.repositories.size() == 2);
    CHECK(found.repositories[0].id == "a");
    CHECK(found.variables == std::map<std::string, std::string>{{"rltype", "-vault"}});
    CHECK_FALSE(found.architecture.empty());
}

TEST_CASE_METHOD(DnfHostFixture,
                 "keys are the distribution's own, or those that a package brings") {
    CHECK_FALSE(host().keys);
    dir.write("usr/share/distribution-gpg-keys/fedora/RPM-GPG-KEY-two", key);
    REQUIRE(host().keys);
    CHECK(host().keys->find("mQENBF9C") != std::string::npos);
    dir.write("etc/pki/rpm-gpg/RPM-GPG-KEY-two", "no key");
    CHECK(host().keys);
}

TEST_CASE_METHOD(DnfHostFixture, "dnf 5 is taken where there is one") {
    CHECK(host().program == "dnf5");
    runner.missing = {"dnf5"};
    CHECK(host().program == "dnf");
}
