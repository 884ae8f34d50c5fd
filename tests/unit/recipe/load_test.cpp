#include "recipe/support.hpp"
#include "selns/recipe/recipe.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using selns::Error;
using selns::ErrorKind;
using selns::recipe::load;
using selns::recipe::Mode;
using selns::recipe::Recipe;
using selns::recipe::RootPassword;
using selns::recipe::Severity;
using selns::test::TempDir;

namespace {

std::string load_error(const std::filesystem::path& file) {
    try {
        load(file);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("every key of a recipe arrives: sources") {
    const TempDir dir;
    const Recipe recipe = load(selns::test::write_full_recipe(dir.path()));
    CHECK(recipe.file == dir.path() / "full.yaml");
    CHECK(recipe.name == "web");
    CHECK(recipe.hostname == "web.example");
    CHECK(recipe.from.release().name == "bookworm");
    CHECK(recipe.from.release().mirror == "http://mirror.example/debian");
    CHECK(recipe.from.release().components == std::vector<std::string>{"main", "contrib"});

    REQUIRE(recipe.repositories.size() == 2);
    CHECK(recipe.repositories[0].uri == "https://packages.example/debian");
    CHECK(recipe.repositories[0].suite == "bookworm");
    CHECK(recipe.repositories[0].components == std::vector<std::string>{"main"});
    CHECK(recipe.repositories[0].key.value == dir.path() / "keys/packages.asc");
    CHECK(recipe.repositories[0].key.at.line == 13);
    CHECK(recipe.repositories[1].suite == "./");
    CHECK(recipe.repositories[1].components.empty());
    CHECK(recipe.repositories[1].at.line == 14);

    REQUIRE(recipe.packages.size() == 4);
    CHECK(recipe.packages[1].value == "nginx=1.22*");
    CHECK(recipe.packages[1].at.str() == (dir.path() / "full.yaml:15:26").string());
    REQUIRE(recipe.local_packages.size() == 1);
    CHECK(recipe.local_packages[0].value == dir.path() / "local.deb");
}

TEST_CASE("every key of a recipe arrives: changes") {
    const TempDir dir;
    const Recipe recipe = load(selns::test::write_full_recipe(dir.path()));
    CHECK(recipe.root_password.kind == RootPassword::Kind::hash);
    CHECK(recipe.root_password.hash == "$6$salt$hash");

    REQUIRE(recipe.files.size() == 3);
    CHECK(recipe.files[0].source->value == dir.path() / "overlay");
    CHECK(recipe.files[0].target == "/");
    CHECK_FALSE(recipe.files[0].mode);
    CHECK(recipe.files[1].source->value == dir.path() / "motd");
    CHECK(recipe.files[1].mode == 0600);
    CHECK_FALSE(recipe.files[2].source);
    CHECK(recipe.files[2].content == "hello\n");
    CHECK(recipe.files[2].mode == 0644);
    REQUIRE(recipe.commands.size() == 2);
    CHECK(recipe.commands[1].value == "useradd a\nuseradd b\n");
}

TEST_CASE("every key of a recipe arrives: selinux") {
    const TempDir dir;
    const auto selinux = load(selns::test::write_full_recipe(dir.path())).selinux;
    CHECK(selinux.policy == "default");
    CHECK(selinux.mode == Mode::enforcing);
    REQUIRE(selinux.modules.size() == 2);
    CHECK(selinux.modules[1].value == dir.path() / "policy/other.pp");
    CHECK(selinux.booleans.at("httpd_can_network_connect").value);
    CHECK_FALSE(selinux.booleans.at("ssh_sysadm_login").value);
    REQUIRE(selinux.file_contexts.size() == 2);
    CHECK(selinux.file_contexts[1].value == "/srv/run -d <<none>>");
    CHECK(selinux.denials.module->value == dir.path() / "policy/local.cil");
    REQUIRE(selinux.denials.logs.size() == 2);
    CHECK(selinux.denials.logs[0].value == (dir.path() / "logs/*.log").string());
    CHECK(selinux.denials.logs[1].value == "/var/log/audit.log");
    const auto& select = selinux.denials.select;
    CHECK(select.since->value == "2026-11-01");
    CHECK(select.until->value == "@1800000000");
    CHECK(select.exclude_source == std::vector<std::string>{"unconfined_t"});
    CHECK(select.exclude_target == std::vector<std::string>{"tmp_t", "user_tmp_t"});
    CHECK(select.exclude_device == std::vector<std::string>{"sda1"});
    CHECK(select.exclude_program == std::vector<std::string>{"cron", "(spawn)"});
    REQUIRE(selinux.denials.refuse.size() == 1);
    CHECK(selinux.denials.refuse[0].value == "* etc_t:file { write append }");
    CHECK(selinux.denials.accept.at(0).at.line > selinux.denials.refuse[0].at.line);
    CHECK(selinux.denials.tolerate.size() == 1);
    CHECK(selinux.denials.silence.at(0).value == "a_t c_t:dir read");
    CHECK(selinux.label.unmatched == Severity::warn);
    CHECK(selinux.label.invalid == Severity::strict);
    CHECK(selinux.label.hardlink == Severity::off);
}

TEST_CASE("every key of a recipe arrives: images and launch") {
    const TempDir dir;
    const Recipe recipe = load(selns::test::write_full_recipe(dir.path()));
    REQUIRE(recipe.images.size() == 2);
    CHECK(recipe.images[0].format->name == "tar");
    CHECK(recipe.images[1].format->name == "ext4");
    CHECK(recipe.images[1].size == 2ULL << 30U);
    CHECK(recipe.launch.kernel == "selinuxns");
    CHECK(recipe.launch.memory == 512ULL << 20U);
    CHECK(recipe.launch.cpus == 4);
}

TEST_CASE("what a recipe leaves out has a default") {
    const Recipe recipe = selns::test::parse(selns::test::least);
    CHECK(recipe.hostname == "web");
    CHECK_FALSE(recipe.from.release().mirror);
    CHECK(recipe.from.release().components == std::vector<std::string>{"main"});
    CHECK(recipe.packages.empty());
    CHECK(recipe.root_password.kind == RootPassword::Kind::locked);
    CHECK(recipe.selinux.policy == "default");
    CHECK(recipe.selinux.mode == Mode::permissive);
    CHECK_FALSE(recipe.selinux.denials.module);
    CHECK(recipe.selinux.label.unmatched == Severity::strict);
    REQUIRE(recipe.images.size() == 2);
    CHECK(recipe.images[1].format->name == "ext4");
    CHECK_FALSE(recipe.images[1].size);
}

TEST_CASE("alternatives are read") {
    const std::string least = selns::test::least;
    CHECK(selns::test::parse(least + "root_password: { empty: true }\n").root_password.kind ==
          RootPassword::Kind::empty);
    const auto label = selns::test::parse(least + "selinux: { label: off }\n").selinux.label;
    CHECK(label.unmatched == Severity::off);
    CHECK(label.invalid == Severity::off);
    CHECK(label.hardlink == Severity::off);
    const auto images = selns::test::parse(least + "images: [ext4]\n").images;
    REQUIRE(images.size() == 1);
    CHECK(images[0].format->name == "ext4");
    CHECK_FALSE(images[0].size);
}

TEST_CASE("what is no recipe gives one clear error") {
    const TempDir dir;
    const auto file = dir.path() / "web.yaml";
    CHECK(load_error(file) == file.string() + ": no such file");
    CHECK(load_error(dir.path()) == dir.path().string() + ": expected a recipe, got a directory");
    dir.write("web.yaml", "# only a comment\n");
    CHECK_THAT(load_error(file), ContainsSubstring(": the recipe is empty\na recipe needs"));
    dir.write("web.yaml", std::string("\x7f"
                                      "ELF\0\0",
                                      6));
    CHECK(load_error(file) == file.string() + ":1:1: not a text file: found a control character");
    dir.write("web.yaml", "name: [\n");
    CHECK_THAT(load_error(file), ContainsSubstring(file.string() + ":2:1: not valid YAML"));
    dir.write("web.yaml", "just words\n");
    CHECK_THAT(load_error(file), ContainsSubstring(":1:1: expected a recipe: a map"));
    dir.write("web.yaml", std::string(3U << 20U, ' '));
    CHECK_THAT(load_error(file), ContainsSubstring("is larger than"));
    CHECK_THAT(load_error("/dev/zero"), ContainsSubstring("not a regular file"));
}

TEST_CASE("names in messages cannot drive a terminal") {
    const TempDir dir;
    const auto file = dir.write("\x1b[31m.yaml", "\x1b: 1\n");
    CHECK(load_error(file).find('\x1b') == std::string::npos);
    dir.write("\x1b[31m.yaml", "\"\\e[31m\": \"\\e[32m\"\n");
    CHECK(load_error(file).find('\x1b') == std::string::npos);
}
