#include "recipes.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/apt_request.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"

#include <algorithm>
#include <functional>
#include <set>

using namespace selns;
using namespace selns::bootstrap;
using test::bookworm_host;
using test::debian_archives;
using test::full_ingredients;
using test::full_recipe;

namespace {

AptRequest full_request() {
    return apt_request(full_recipe(), debian_archives(), bookworm_host(), full_ingredients(),
                       1700000000);
}

std::string key_of(const AptRequest& request) {
    std::string key;
    for (const auto& [name, value] : request.inputs)
        key += name + "=" + value + "\n";
    return key;
}

} // namespace

TEST_CASE("arguments of a build") {
    const auto arguments = build_arguments(full_request(), Mode::unshare, Beginning::nothing,
                                           "/tmp/run", "/cache/raw.tar");
    CHECK(test::compare_golden("unit/bootstrap/golden/build.argv", join(arguments, "\n") + "\n") ==
          "");
}

TEST_CASE("arguments of a simulation") {
    const auto arguments =
        simulate_arguments(full_request(), Mode::root, "/tmp/run", apt_options(""));
    CHECK(test::compare_golden("unit/bootstrap/golden/simulate.argv",
                               join(arguments, "\n") + "\n") == "");
}

TEST_CASE("files of a run") {
    std::string text;
    for (const auto& [name, content] : run_files(full_request(), "/tmp/run", apt_options("")))
        if (!name.starts_with("hooks/"))
            text += "== " + name + "\n" + content + "\n";
    CHECK(test::compare_golden("unit/bootstrap/golden/run_files", text) == "");
}

TEST_CASE("a small recipe needs few arguments and files") {
    recipe::Recipe recipe;
    recipe.from.release().name = "bookworm";
    recipe.from.release().components = {"main"};
    recipe.selinux.policy = "targeted";
    const auto request = apt_request(recipe, debian_archives(), {}, {}, std::nullopt);
    CHECK(build_arguments(request, Mode::root, Beginning::nothing, "/r", "/o.tar") ==
          std::vector<std::string>{"--variant=minbase", "--mode=root", "--verbose", "--format=tar",
                                   "--setup-hook=/r/hooks/setup",
                                   "--customize-hook=/r/hooks/customize", "--components=main", "--",
                                   "bookworm", "/o.tar"});
    const auto files = run_files(request, "/r", "");
    std::vector<std::string> names;
    for (const auto& [name, content] : files)
        names.push_back(name);
    CHECK(names ==
          std::vector<std::string>{"apt.conf", "hooks/customize", "hooks/setup", "install"});
}

TEST_CASE("a key of the recipe goes into the release's sources, and stays in the image") {
    auto recipe = full_recipe();
    recipe.repositories.clear();
    recipe.from.key = "ubuntu";
    recipe.from.release().mirror = "file:///srv/ubuntu";
    recipe.from.release().key = {"/key.asc", {"web.yaml", 3, 5}};
    Ingredients ingredients = full_ingredients();
    ingredients.key = "-----BEGIN KEY-----\n\nBBBB\n-----END KEY-----\n";
    const auto request = apt_request(recipe, debian_archives(), {}, ingredients, std::nullopt);
    CHECK(request.sources.empty());
    CHECK_FALSE(request.missing_keyring);
    const auto arguments = build_arguments(request, Mode::root, Beginning::nothing, "/r", "/o.tar");
    CHECK(std::vector<std::string>(arguments.end() - 4, arguments.end()) ==
          std::vector<std::string>{"--", "bookworm", "/o.tar", "/r/release.sources"});
    const auto files = run_files(request, "/r", "");
    CHECK_THAT(files.at("release.sources"), ContainsSubstring("URIs: copy:///srv/ubuntu\n"));
    CHECK_THAT(files.at("image/sources.list.d/0000release.sources"),
               ContainsSubstring("URIs: file:///srv/ubuntu\n") && ContainsSubstring("BBBB"));
    CHECK_FALSE(files.contains("image/sources.list"));

    recipe.from.release().mirror.reset();
    CHECK_THROWS_WITH(apt_request(recipe, debian_archives(), {}, ingredients, std::nullopt),
                      ContainsSubstring("a key needs a mirror"));
}

TEST_CASE("mmdebstrap's own sources get the recipe's components") {
    auto recipe = full_recipe();
    recipe.from.release().components = {"main", "universe"};
    const auto request = apt_request(recipe, debian_archives(), {}, full_ingredients(), 1);
    const auto arguments = build_arguments(request, Mode::root, Beginning::nothing, "/r", "/o.tar");
    CHECK(std::find(arguments.begin(), arguments.end(), "--components=main,universe") !=
          arguments.end());
    CHECK(request.missing_keyring == "debian-archive-keyring");
}

TEST_CASE("the base has the policy's package, unless the recipe wants another one") {
    auto recipe = full_recipe();
    recipe.repositories.clear();
    const auto base = [&] {
        return apt_request(recipe, debian_archives(), {}, full_ingredients(), 1).base;
    };
    const std::vector<std::string> policy = {"selinux-policy-default"};
    CHECK(base() == policy);
    recipe.packages = {{"selinux-policy-default", {}}};
    CHECK(base() == policy);
    for (const char* other :
         {"selinux-policy-default=2:2.20221101-9", "selinux-policy-default/bookworm-backports"}) {
        recipe.packages = {{other, {}}};
        CHECK(base().empty());
    }
    recipe.packages.clear();
    recipe.repositories = full_recipe().repositories;
    CHECK(base().empty());
}

TEST_CASE("on a base, mmdebstrap installs nothing") {
    const auto arguments =
        build_arguments(full_request(), Mode::root, Beginning::base, "/r", "/o.tar");
    CHECK(arguments.front() == "--variant=custom");
    CHECK(join(arguments, " ").find("--include") == std::string::npos);
}

TEST_CASE("recipes of a release share their base") {
    auto recipe = full_recipe();
    recipe.repositories.clear();
    const auto request = [&](std::int64_t epoch) {
        return apt_request(recipe, debian_archives(), {}, full_ingredients(), epoch);
    };
    const auto first = request(1).base_inputs;
    recipe.packages.push_back({"curl", {}});
    recipe.commands.push_back({"true", {}});
    CHECK(request(1).base_inputs == first);
    CHECK(request(2).base_inputs != first);
    recipe.from.release().name = "trixie";
    CHECK(request(1).base_inputs != first);
}

TEST_CASE("everything that decides the result is in the key, and nothing else") {
    const auto variant = [](const std::function<void(recipe::Recipe&, AptHost&, Ingredients&,
                                                     std::optional<std::int64_t>&)>& change) {
        auto recipe = full_recipe();
        auto host = bookworm_host();
        auto ingredients = full_ingredients();
        std::optional<std::int64_t> epoch = 1700000000;
        change(recipe, host, ingredients, epoch);
        return key_of(apt_request(recipe, debian_archives(), host, ingredients, epoch));
    };
    const std::string plain = key_of(full_request());
    std::set<std::string> keys = {plain};
    keys.insert(variant([](auto& r, auto&, auto&, auto&) { r.from.release().name = "trixie"; }));
    keys.insert(variant(
        [](auto& r, auto&, auto&, auto&) { r.from.release().mirror = "http://x.example"; }));
    keys.insert(
        variant([](auto& r, auto&, auto&, auto&) { r.from.release().components = {"contrib"}; }));
    keys.insert(variant(
        [](auto& r, auto&, auto&, auto&) { r.packages.pop_back(), r.packages.pop_back(); }));
    keys.insert(variant([](auto& r, auto&, auto&, auto&) { r.from.key = "ubuntu"; }));
    keys.insert(variant([](auto& r, auto&, auto&, auto&) { r.selinux.policy = "mls"; }));
    keys.insert(variant([](auto& r, auto&, auto&, auto&) { r.commands[0].value += " "; }));
    keys.insert(
        variant([](auto& r, auto&, auto&, auto&) { std::swap(r.commands[0], r.commands[1]); }));
    keys.insert(variant([](auto& r, auto&, auto&, auto&) { r.repositories[0].suite = "x"; }));
    keys.insert(variant([](auto&, auto& h, auto&, auto&) { h.architecture = "arm64"; }));
    keys.insert(variant([](auto&, auto& h, auto&, auto&) { h.tools = "newer"; }));
    keys.insert(variant([](auto&, auto& h, auto&, auto&) { h.sources.pop_back(); }));
    keys.insert(variant([](auto&, auto&, auto& i, auto&) { i.keys[0] += "x"; }));
    keys.insert(variant([](auto&, auto&, auto& i, auto&) { i.package_hashes[1] = "x"; }));
    keys.insert(variant([](auto&, auto&, auto& i, auto&) { i.overlay = "x"; }));
    keys.insert(variant([](auto&, auto&, auto&, auto& e) { e = 1; }));
    keys.insert(variant([](auto&, auto&, auto&, auto& e) { e.reset(); }));
    CHECK(keys.size() == 18);

    CHECK(plain == variant([](auto& r, auto&, auto&, auto&) {
              r.name = "other";
              r.hostname = "other";
              r.file = "/elsewhere.yaml";
              std::reverse(r.packages.begin(), r.packages.end());
              r.local_packages[0].value = "/elsewhere.deb";
              r.selinux.mode = recipe::Mode::enforcing;
          }));
}

TEST_CASE("nothing in a recipe can become an option, a line or another package") {
    const auto rejected = [](const std::function<void(recipe::Recipe&)>& change) {
        auto recipe = full_recipe();
        change(recipe);
        try {
            apt_request(recipe, debian_archives(), bookworm_host(), full_ingredients(),
                        std::nullopt);
        } catch (const Error& error) {
            return error.kind() == ErrorKind::invalid_input && error.location().known();
        }
        return false;
    };
    for (const char* name : {"", "-oDPkg::Pre-Invoke::=id", "a,b", "a b", "./x.deb", "/x.deb", "?x",
                             "~x", "!x", "(x)", "a\nb", "a;b", "+a", "a'b"})
        CHECK(rejected([&](auto& r) { r.packages[0].value = name; }));
    for (const char* word : {"", "-x", "a b", "a\nb", "[trusted=yes]", "a\"b", "\t", "#"}) {
        CHECK(rejected([&](auto& r) { r.from.release().name = word; }));
        CHECK(rejected([&](auto& r) { r.from.release().mirror = word; }));
        CHECK(rejected([&](auto& r) { r.from.release().components = {word}; }));
        CHECK(rejected([&](auto& r) { r.repositories[0].uri = word; }));
        CHECK(rejected([&](auto& r) { r.repositories[0].suite = word; }));
        CHECK(rejected([&](auto& r) { r.repositories[0].components = {"main", word}; }));
    }
    CHECK(rejected([](auto& r) { r.commands[0].value = std::string("a\0b", 3); }));
    CHECK(rejected([](auto& r) { r.commands[0].value = std::string(200000, 'x'); }));
    for (const char* name :
         {"g++", "libc6:amd64", "nginx=1.2~3-1+b1", "x/bookworm-backports", "7zip"})
        CHECK_FALSE(rejected([&](auto& r) { r.packages[0].value = name; }));
}
