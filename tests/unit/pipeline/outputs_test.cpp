#include "selns/base/hash.hpp"
#include "selns/pipeline/outputs.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

using namespace selns;

namespace {

std::vector<std::string> names(const std::filesystem::path& directory) {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
}

} // namespace

TEST_CASE("artifacts appear together, or not at all") {
    const test::TempDir dir;
    const Interrupt never;
    const auto out = dir.path() / "a/b";
    {
        pipeline::Outputs outputs(out, never, [] {});
        outputs.add_text("manifest", "x.json", "{}");
        auto& image = outputs.add("tar", "x.tar");
        write_all(image.file.fd(), "content");
        CHECK_FALSE(std::filesystem::exists(out / "x.tar"));
    }
    CHECK(names(out).empty());
    pipeline::Outputs outputs(out, never, [] {});
    outputs.add_text("manifest", "x.json", "{}");
    const auto artifacts = outputs.publish();
    REQUIRE(artifacts.size() == 1);
    CHECK(artifacts[0].size == 2);
    CHECK(names(out) == std::vector<std::string>{"x.json"});
}

TEST_CASE("a manifest is there only together with what it tells of") {
    const test::TempDir dir;
    const Interrupt never;
    dir.write("x.manifest.json", "of before");
    std::filesystem::create_directories(dir.path() / "x.tar/in the way");
    pipeline::Outputs outputs(dir.path(), never, [] {});
    outputs.add_text("manifest", "x.manifest.json", "{}");
    outputs.add_text("tar", "x.tar", "content");
    CHECK_THROWS(outputs.publish());
    CHECK_FALSE(std::filesystem::exists(dir.path() / "x.manifest.json"));
}

TEST_CASE("what is not made any more does not stay, when it is as it was made") {
    const test::TempDir dir;
    const Interrupt never;
    const auto manifest = [](const std::string& file, const std::string& content) {
        return R"({"schema": 1, "artifacts": [{"kind": "tar", "file": ")" + file +
               R"(", "size": 7, "sha256": ")" + sha256(content) + R"("}]})";
    };
    const auto build = [&] {
        pipeline::Outputs outputs(dir.path(), never, [] {});
        outputs.add_text("ext4", "x.ext4", "new");
        outputs.add_text("manifest", "x.manifest.json", "{}");
        outputs.publish();
    };
    dir.write("x.tar", "content");
    dir.write("x.manifest.json", manifest("x.tar", "content"));
    dir.write("y.tar", "content"); // of another recipe
    build();
    CHECK(names(dir.path()) == std::vector<std::string>{"x.ext4", "x.manifest.json", "y.tar"});

    // A manifest may be anybody's: it cannot have other files removed.
    dir.write("notes", "content");
    dir.write("x.manifest.json", manifest("notes", "content"));
    build();
    CHECK(names(dir.path()) ==
          std::vector<std::string>{"notes", "x.ext4", "x.manifest.json", "y.tar"});
    std::filesystem::remove(dir.path() / "notes");

    dir.write("x.tar", "edited");
    dir.write("x.manifest.json", manifest("x.tar", "content"));
    build();
    CHECK(std::filesystem::exists(dir.path() / "x.tar"));

    const test::TempDir other;
    other.write("file", "content");
    const auto outside = (other.path() / "file").string();
    std::filesystem::create_symlink(outside, dir.path() / "link");
    for (const std::string& name :
         {std::string("link"), outside, "../" + other.path().filename().string() + "/file",
          std::string("."), std::string()}) {
        CAPTURE(name);
        dir.write("x.manifest.json", manifest(name, "content"));
        build();
        CHECK(std::filesystem::exists(outside));
        CHECK(std::filesystem::is_symlink(dir.path() / "link"));
    }
    dir.write("x.manifest.json", "no JSON");
    build();
    CHECK(std::filesystem::exists(dir.path() / "y.tar"));
}

TEST_CASE("a kernel's bundle, a directory, is among what is remembered") {
    const test::TempDir dir;
    const auto manifest = dir.write("out/x.manifest.json", "{}");
    dir.write("out/x.kernel/vmlinuz", "kernel");
    const pipeline::OutputState state(dir.path() / "cache", dir.path() / "out", "x");
    state.remember(
        "f", {{{"kernel", dir.path() / "out/x.kernel", 6}, {"manifest", manifest, 2}}, false});
    CHECK(state.unchanged("f"));
    dir.write("out/x.kernel/config", "another file");
    CHECK_FALSE(state.unchanged("f"));
}

TEST_CASE("a directory belongs to one build at a time") {
    const test::TempDir dir;
    class Raised final : public Interrupt {
      public:
        bool raised() const override { return true; }
    };
    const Raised raised;
    const pipeline::Outputs first(dir.path(), raised, [] { FAIL("nobody else is there"); });
    bool waited = false;
    CHECK_THROWS(pipeline::Outputs(dir.path(), raised, [&] { waited = true; }));
    CHECK(waited);
}

TEST_CASE("untouched outputs are recognised, others are not") {
    const test::TempDir dir;
    const auto file = dir.write("out/x.tar", "content");
    const pipeline::OutputState state(dir.path() / "cache", dir.path() / "out", "x");
    CHECK_FALSE(state.unchanged("f"));
    const auto manifest = dir.write("out/x.manifest.json", "{}");
    state.remember("f", {{{"tar", file, 7}, {"manifest", manifest, 2}}, true});
    const auto made = state.unchanged("f");
    REQUIRE(made);
    CHECK(made->module_changed);
    CHECK(made->artifacts.size() == 2);
    CHECK_FALSE(state.unchanged("g"));
    CHECK_FALSE(
        pipeline::OutputState(dir.path() / "cache", dir.path() / "out", "y").unchanged("f"));
    SECTION("written to") {
        dir.write("out/x.tar", "changed");
    }
    SECTION("removed") {
        std::filesystem::remove(file);
    }
    SECTION("forgotten") {
        state.forget();
    }
    SECTION("a state that lost an artifact") {
        for (const auto& entry :
             std::filesystem::directory_iterator(dir.path() / "cache/outputs")) {
            auto lost = nlohmann::ordered_json::parse(test::read_text(entry.path()));
            lost["artifacts"].erase(0);
            write_file(entry.path(), lost.dump());
        }
    }
    SECTION("a state of nothing but a manifest") {
        state.remember("f", {{{"manifest", manifest, 2}}, true});
    }
    SECTION("an artifact outside of the directory") {
        const auto outside =
            GENERATE(as<std::string>{}, "other.tar", "out/../other.tar", "out/below/other.tar");
        const auto other = dir.path() / outside;
        dir.write(outside, "content");
        state.remember("f", {{{"tar", other, 7}, {"manifest", manifest, 2}}, true});
    }
    SECTION("a link in the place of an artifact") {
        std::filesystem::rename(file, dir.path() / "x.tar");
        std::filesystem::create_symlink(dir.path() / "x.tar", file);
        state.remember("f", {{{"tar", file, 7}, {"manifest", manifest, 2}}, true});
    }
    SECTION("a damaged state file") {
        const auto damage =
            GENERATE(as<std::string>{}, "{\"fingerprint\": 7", "", "[]", "{\"fingerprint\": 7}",
                     R"({"fingerprint": "f", "module_changed": "no", "artifacts": []})",
                     R"({"fingerprint": "f", "module_changed": false, "artifacts": {"kind": 7}})",
                     R"({"fingerprint": "f", "module_changed": false, "artifacts": ["x"]})",
                     R"({"fingerprint": "f", "module_changed": false, "artifacts": []})",
                     R"({"fingerprint": "f", "module_changed": false, "artifacts":
                [{"kind": "manifest", "path": "/nonexistent", "size": 0, "identity": ""}]})");
        for (const auto& entry : std::filesystem::directory_iterator(dir.path() / "cache/outputs"))
            dir.write("cache/outputs/" + entry.path().filename().string(), damage);
    }
    CHECK_FALSE(state.unchanged("f"));
}
