#include "selns/base/error.hpp"
#include "selns/bootstrap/dnf_files.hpp"
#include "selns/bootstrap/dnf_request.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace selns;
using namespace selns::bootstrap;

namespace {

using DnfWords = std::vector<std::string>;

recipe::Recipe fedora_recipe() {
    recipe::Recipe recipe;
    recipe.name = "web";
    recipe.from.key = "fedora";
    recipe.from.what = recipe::Release{"43", "file:///srv/mirror", {}, {}, {"web.yaml", 2, 3}};
    recipe.selinux.policy = "targeted";
    recipe.packages = {{"nginx", {"web.yaml", 4, 12}}, {"@core", {"web.yaml", 4, 19}}};
    recipe.local_packages = {{"/recipes/own one.rpm", {"web.yaml", 4, 30}}};
    recipe.commands = {{"systemctl enable nginx", {"web.yaml", 5, 5}}};
    recipe::Repository repository;
    repository.uri = "https://extra.example/f";
    repository.at = {"web.yaml", 7, 5};
    recipe.repositories = {repository};
    return recipe;
}

DnfRelease fedora_release() {
    DnfRelease release;
    release.words = "Fedora 43";
    release.channels = {{"fedora", "releases/$releasever/os/", "metalink=https://m.example"}};
    release.database = "/usr/lib/sysimage/rpm";
    release.platform = "platform:f43";
    release.release_package = "fedora-release";
    return release;
}

DnfHost fedora_host() {
    DnfHost host;
    host.architecture = "x86_64";
    host.program = "dnf";
    host.tools = "rpm 4.18";
    host.keys = "host's key\n";
    return host;
}

Ingredients fedora_ingredients() {
    Ingredients all;
    all.keys = {"extra key\n"};
    all.package_hashes = {"hash"};
    return all;
}

DnfRequest fedora_request(const recipe::Recipe& recipe = fedora_recipe(),
                          const DnfHost& from = fedora_host()) {
    return dnf_request(recipe, fedora_release(), from, fedora_ingredients(), 1);
}

} // namespace

TEST_CASE("dnf installs the recipe's packages, the release, its policy and a shell") {
    CHECK(install_arguments(fedora_request(), "/run") ==
          DnfWords{"dnf", "--config=/run/dnf/dnf.conf", "--releasever=43", "--assumeyes", "install",
                   "@core", "bash", "coreutils", "fedora-release", "filesystem", "nginx",
                   "selinux-policy-targeted", "/run/packages/1.rpm"});
}

TEST_CASE("dnf 5 is told not to take the configuration of the new root") {
    DnfHost five = fedora_host();
    five.program = "dnf5";
    const auto arguments = install_arguments(fedora_request(fedora_recipe(), five), "/run");
    CHECK(std::find(arguments.begin(), arguments.end(), "--use-host-config") != arguments.end());
}

TEST_CASE("what another package of the recipe replaces is left out") {
    auto recipe = fedora_recipe();
    recipe.packages = {{"coreutils-single", {}}, {"fedora-release-container", {}}};
    recipe.local_packages.clear();
    CHECK(fedora_request(recipe).packages == DnfWords{"bash", "coreutils-single",
                                                      "fedora-release-container", "filesystem",
                                                      "selinux-policy-targeted"});
}

TEST_CASE("the run's files: every key apart, the recipe's repositories for the image, too") {
    const auto files = run_files(fedora_request(), "/run");
    CHECK(files.at("dnf/repositories/selns-build.repo") ==
          "[fedora]\nname=Fedora 43 - fedora\nbaseurl=file:///srv/mirror/releases/$releasever/os/\n"
          "enabled=1\ngpgcheck=1\ngpgkey=file:///run/dnf/keys/1.asc\n\n"
          "[repository-1]\nname=repository-1\nbaseurl=https://extra.example/f\n"
          "enabled=1\ngpgcheck=1\ngpgkey=file:///run/dnf/keys/2.asc\n\n");
    CHECK(files.at("dnf/keys/1.asc") == "host's key\n");
    CHECK(files.at("dnf/keys/2.asc") == "extra key\n");
    CHECK(files.at("image/etc/yum.repos.d/repository-1.repo") ==
          "[repository-1]\nname=repository-1\nbaseurl=https://extra.example/f\n"
          "enabled=1\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-repository-1\n");
    CHECK(files.at("image/etc/pki/rpm-gpg/RPM-GPG-KEY-repository-1") == "extra key\n");
    CHECK(files.count("image/etc/yum.repos.d/fedora.repo") == 0);
    CHECK(files.at("dnf/database") == "/usr/lib/sysimage/rpm\n");
    CHECK(files.at("commands/0000") == "systemctl enable nginx");
    const std::string macros = files.at("home/.rpmmacros");
    CHECK(macros.find("%_dbpath /usr/lib/sysimage/rpm\n") != std::string::npos);
    const std::string configuration = files.at("dnf/dnf.conf");
    for (const char* line : {"\ngpgcheck=1\n", "\ninstall_weak_deps=0\n", "\nplugins=0\n",
                             "\nreposdir=/run/dnf/repositories\n", "\ntsflags=\n"})
        CHECK(configuration.find(line) != std::string::npos);
}

TEST_CASE("variables that repositories use are handed over, others not") {
    auto recipe = fedora_recipe();
    recipe.from.release().mirror = "https://m.example/$stream";
    DnfHost with = fedora_host();
    with.variables = {{"stream", "s"}, {"other", "o"}};
    CHECK(fedora_request(recipe, with).variables ==
          std::map<std::string, std::string>{{"stream", "s"}});
}

TEST_CASE("everything that decides is among the inputs") {
    const auto inputs = fedora_request().inputs;
    const auto changed = [&](const std::function<void(recipe::Recipe&, DnfHost&)>& change) {
        auto recipe = fedora_recipe();
        DnfHost from = fedora_host();
        change(recipe, from);
        return fedora_request(recipe, from).inputs != inputs;
    };
    CHECK_FALSE(changed([](auto&, auto&) {}));
    CHECK(changed([](auto& recipe, auto&) { recipe.packages.pop_back(); }));
    CHECK(changed([](auto& recipe, auto&) { recipe.from.release().name = "44"; }));
    CHECK(changed([](auto& recipe, auto&) { recipe.from.release().mirror = "file:///other"; }));
    CHECK(changed([](auto& recipe, auto&) { recipe.repositories[0].uri = "file:///other"; }));
    CHECK(changed([](auto& recipe, auto&) { recipe.commands[0].value += " x"; }));
    CHECK(changed([](auto& recipe, auto&) { recipe.selinux.policy = "mls"; }));
    CHECK(changed([](auto&, auto& from) { from.tools = "rpm 4.20"; }));
    CHECK(changed([](auto&, auto& from) { from.keys = "another\n"; }));
    CHECK(changed([](auto&, auto& from) { from.architecture = "aarch64"; }));
}

TEST_CASE("what could be an option or another line is refused") {
    for (const char* bad : {"-y", "", "a b", "a\nb"}) {
        auto recipe = fedora_recipe();
        recipe.packages[0].value = bad;
        CHECK_THROWS_AS(fedora_request(recipe), Error);
        recipe = fedora_recipe();
        recipe.repositories[0].uri = bad;
        CHECK_THROWS_AS(fedora_request(recipe), Error);
    }
}
