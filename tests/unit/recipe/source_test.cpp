#include "recipe/support.hpp"
#include "selns/recipe/source.hpp"
#include "support/catch.hpp"

using namespace selns;
using recipe::policy_package;

TEST_CASE("each policy has its package") {
    const recipe::Source& debian = recipe::source("debian");
    CHECK(policy_package(debian, "default") == "selinux-policy-default");
    CHECK(policy_package(debian, "mls") == "selinux-policy-mls");
    CHECK_FALSE(policy_package(debian, "targeted"));
    CHECK_FALSE(policy_package(debian, "../default"));
}

TEST_CASE("a distribution brings its policy and components") {
    const auto noble = test::parse("name: web\nfrom: { ubuntu: { release: noble } }\n");
    CHECK(noble.from.key == "ubuntu");
    CHECK(recipe::describe(noble.from) == "Ubuntu noble");
    CHECK(noble.from.release().components == std::vector<std::string>{"main", "universe"});
    CHECK(noble.selinux.policy == "default");
    CHECK(noble.places.at("from.ubuntu.release").line == 2);
    CHECK_FALSE(noble.places.contains("selinux.policy"));
    const auto facts = recipe::facts(noble.from);
    REQUIRE(facts.size() == 3);
    CHECK(facts[0].value == "noble");
    CHECK(facts[0].key == "from.ubuntu.release");
}

TEST_CASE("an image is made from exactly one source") {
    const std::string name = "name: web\n";
    CHECK_THAT(test::problems_of(name + "from: {}\n"),
               ContainsSubstring("web.yaml:2:7: from: expected exactly one of debian, ubuntu, ") &&
                   ContainsSubstring(", got none"));
    CHECK_THAT(test::problems_of(name + "from: { debian: { release: sid }, ubuntu: { release: "
                                        "noble } }\n"),
               ContainsSubstring("expected exactly one of") && ContainsSubstring(", got 2"));
    CHECK(test::problems_of(name + "from: { debain: { release: sid } }\n") ==
          "web.yaml:2:9: from.debain: unknown key (did you mean debian?)");
}

TEST_CASE("what is downloaded is known by its digest") {
    const auto from = [](const std::string& archive) {
        return "name: web\nfrom: { archive: { " + archive + " } }\n";
    };
    const std::string url = "file: \"https://a.example/root.tar.xz\"";
    const std::string digest = std::string(64, '0');
    CHECK(test::problems_of(from(url)) == "web.yaml:2:26: from.archive.file: what is downloaded "
                                          "needs a sha256 beside it");
    const auto web = test::parse(from(url + ", sha256: " + "\"" + digest + "\""));
    const auto& archive = std::get<recipe::RootArchive>(web.from.what);
    CHECK(archive.url == "https://a.example/root.tar.xz");
    CHECK(archive.sha256 == digest);
    CHECK(recipe::describe(web.from) == "archive root.tar.xz");
    CHECK(web.selinux.policy.empty());
    for (const char* wrong : {"http://a.example/x", "ftp://a.example/x"})
        CHECK_THAT(test::problems_of(from("file: \"" + std::string(wrong) + "\"")),
                   ContainsSubstring("from.archive.file: expected the path of a tar, or a URL"));
    CHECK_THAT(test::problems_of(from("file: /nonexistent/x")), ContainsSubstring("no such file"));
    CHECK_THAT(test::problems_of(from(url + ", sha256: abc")),
               ContainsSubstring("expected a SHA-256 of 64 hexadecimal digits"));
    CHECK_THAT(test::problems_of("name: web\nfrom: { directory: { path: /etc/passwd } }\n"),
               ContainsSubstring("expected a directory, got a file"));
    CHECK_THAT(test::problems_of("name: web\nfrom: { oci: { path: /etc, platform: amd64 } }\n"),
               ContainsSubstring("from.oci.platform: expected a platform such as linux/amd64"));
}

TEST_CASE("dnf's sources have a release, and repositories without a suite") {
    const std::string fedora = "name: web\nfrom: { fedora: { release: 43 } }\n";
    const auto recipe =
        test::parse(fedora + "packages: [NetworkManager, glibc.x86_64, \"@core\", nginx-1.2]\n");
    CHECK(recipe.from.release().name == "43");
    CHECK(recipe.from.source().is_distribution());
    CHECK(recipe.packages.size() == 4);
    CHECK(recipe.selinux.policy == "targeted");
    CHECK(recipe::describe(recipe.from) == "Fedora 43");
    CHECK_THAT(test::problems_of(fedora + "packages: [nginx=1.2]\n"),
               ContainsSubstring("web.yaml:3:12: packages[0]: expected a package such as nginx"));
    CHECK_THAT(test::problems_of(fedora + "packages: [local.rpm]\n"),
               ContainsSubstring("for a file write ./local.rpm"));
    CHECK_THAT(test::problems_of("name: web\nfrom: { debian: { release: sid } }\n"
                                 "packages: [NetworkManager]\n"),
               ContainsSubstring("web.yaml:3:12: packages[0]: expected a package such as nginx"));
    for (const char* release : {"7", "stable", "9.x", "35"})
        CHECK_THAT(test::problems_of("name: web\nfrom: { rocky: { release: \"" +
                                     std::string(release) + "\" } }\n"),
                   ContainsSubstring("expected a release of Rocky Linux such as 9"));
}

TEST_CASE("a root that exists already may have apt or dnf") {
    const std::string root = "name: web\nfrom: { directory: { path: / } }\n";
    const auto recipe = test::parse(root + "packages: [nginx=1.2, NetworkManager]\n");
    CHECK(recipe.packages.size() == 2);
    for (const char* file : {"local.deb", "local.rpm"})
        CHECK_THAT(test::problems_of(root + "packages: [" + file + "]\n"),
                   ContainsSubstring("for a file write ./local"));
}
