// What ARCHITECTURE.md says of adding an image format: its row is seen everywhere.

#include "selns/doctor/doctor.hpp"
#include "selns/image/image.hpp"
#include "selns/kernel/abilities.hpp"
#include "selns/launch/launch.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/plan.hpp"
#include "selns/process/process.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace selns;

namespace {

recipe::Recipe with_images(const std::string& images) {
    return recipe::parse("name: web\nfrom: { debian: { release: bookworm } }\nimages: [" + images +
                             "]\n",
                         "/nowhere/web.yaml");
}

// A small tree that every format can hold as it is.
tree::Tree small_tree() {
    tree::Tree tree;
    const auto put = [&tree](const std::string& path, tree::FileType type, const char* context) {
        tree::Inode inode;
        inode.type = type;
        inode.mode = type == tree::FileType::directory ? 0755 : 0644;
        inode.context = context;
        tree.put(path, std::move(inode));
    };
    put("/lost+found", tree::FileType::directory, "system_u:object_r:lost_found_t:s0");
    put("/etc", tree::FileType::directory, "system_u:object_r:etc_t:s0");
    put("/etc/motd", tree::FileType::regular, "system_u:object_r:etc_t:s0");
    return tree;
}

class NoPrograms final : public process::Runner {
  public:
    process::Result run(const process::Command&) override { return {}; }
    std::optional<std::filesystem::path> find(const std::string&) const override { return {}; }
};

} // namespace

TEST_CASE("every image format writes what it reads, and knows its own files only") {
    const Interrupt interrupt;
    process::SystemRunner runner(interrupt);
    const test::TempDir dir;
    std::set<std::string_view> names;
    for (const image::Format* format : image::formats()) {
        const auto file = dir.path() / format->name;
        INFO(format->name);
        CHECK(names.insert(format->name).second);
        CHECK(image::find_format(format->name) == format);
        const tree::Tree tree = small_tree();
        format->write(tree, file, {.label = "web", .identity = "web"}, runner, {});
        CHECK(image::detect(file) == format);
        CHECK(image::compare(tree, image::read(file)).empty());
        if (format->boots())
            CHECK_FALSE(kernel::ability(format->kernel_ability).symbols.empty());
    }
    CHECK(image::bootable_format().boots());
    CHECK(image::find_format("no such") == nullptr);
}

TEST_CASE("every image format is one for recipes, plans and fingerprints") {
    const auto schema = recipe::json_schema();
    CHECK(with_images("tar").images.size() == 1);
    const auto all =
        recipe::parse("name: web\nfrom: { debian: { release: bookworm } }\n", "/w.yaml");
    CHECK(all.images.size() == image::formats().size());
    for (const image::Format* format : image::formats()) {
        const std::string name(format->name);
        const recipe::Recipe recipe = with_images(name);
        INFO(name);
        CHECK(recipe.images.front().format == format);
        CHECK_THAT(schema, ContainsSubstring("\"" + name + "\""));
        const auto plan = pipeline::make_plan(recipe, "/out");
        CHECK(std::ranges::count(plan.outputs, std::filesystem::path("/out/web." + name)) == 1);
        const auto values = pipeline::recipe_values(recipe);
        CHECK(std::ranges::count(values, name, [](const auto& value) { return value.first; }) == 1);
        if (format->sized)
            CHECK(with_images("{ " + name + ": { size: 1G } }").images.front().size == 1U << 30U);
        else
            CHECK_THROWS_AS(with_images("{ " + name + ": { size: 1G } }"), Error);
    }
}

TEST_CASE("every image format is one for doctor and launch files") {
    const Interrupt interrupt;
    NoPrograms runner;
    const test::TempDir dir;
    cache::Store cache(dir.path() / "cache", interrupt);
    progress::NullSink sink;
    const Context context{runner, interrupt, cache, sink, {}};
    const doctor::Host host{dir.path(), 1000, "user", true};
    for (const image::Format* format : image::formats()) {
        const std::string name(format->name);
        const recipe::Recipe recipe = with_images(name);
        INFO(name);
        const auto findings = doctor::examine(host, &recipe, context);
        const auto found = std::ranges::find(findings, name, &doctor::Finding::name);
        REQUIRE(found != findings.end());
        CHECK(found->needed);
        CHECK((found->works == doctor::State::yes) == format->tool.name.empty());

        launch::Inputs inputs;
        inputs.name = inputs.hostname = "web";
        inputs.directory = "/srv";
        inputs.policy_type = inputs.kernel = "default";
        inputs.bundle = "web.kernel";
        inputs.images = {{"web." + name, name, 1, std::string(64, 'a')}};
        CHECK((launch::disk_image(inputs) != nullptr) == format->boots());
        CHECK(launch::has_machine(inputs) == format->boots());
        const auto files = launch::render(inputs);
        const auto document = nlohmann::json::parse(files.front().content);
        if (format->boots())
            for (const auto symbol : kernel::ability(format->kernel_ability).symbols)
                CHECK(document["kernel"]["config"]["always"].contains(symbol));
    }
}
