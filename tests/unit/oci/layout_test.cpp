#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/oci/layout.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "tree/raw_tar.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>

using namespace selns;
using Json = nlohmann::json;
using test::RawTar;

namespace {

const char* const manifest_type = "application/vnd.oci.image.manifest.v1+json";
const char* const index_type = "application/vnd.oci.image.index.v1+json";
const char* const layer_type = "application/vnd.oci.image.layer.v1.tar";

struct Folder {
    test::TempDir dir;

    tree::Tree root(const std::optional<std::string>& name = {},
                    const std::optional<std::string>& platform = {}) const {
        const oci::Layout layout(dir.path());
        return layout.root(layout.image(name, platform), dir.path(), [](std::size_t) {});
    }
    std::string refusal(const std::optional<std::string>& name = {},
                        const std::optional<std::string>& platform = {}) const {
        try {
            root(name, platform);
            return {};
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::invalid_input);
            return error.message();
        }
    }
};

// A layout that is made piece by piece.
struct Builder : Folder {
    Json manifests = Json::array();

    Json blob(const std::string& content, const char* type) const {
        const std::string digest = sha256(content);
        dir.write("blobs/sha256/" + digest, content);
        return {{"mediaType", type}, {"digest", "sha256:" + digest}, {"size", content.size()}};
    }

    // A manifest of LAYERS; CHANGE gets manifest and configuration before they are written.
    using Change = std::function<void(Json& manifest, Json& config)>;
    Json image(const std::vector<std::string>& layers, const Change& change = {}) const {
        Json config = {
            {"architecture", "amd64"}, {"os", "linux"}, {"rootfs", {{"type", "layers"}}}};
        config["rootfs"]["diff_ids"] = Json::array();
        Json manifest = {{"schemaVersion", 2}, {"layers", Json::array()}};
        for (const std::string& layer : layers) {
            manifest["layers"].push_back(blob(layer, layer_type));
            config["rootfs"]["diff_ids"].push_back("sha256:" + sha256(layer));
        }
        if (change)
            change(manifest, config);
        manifest["config"] = blob(config.dump(), "application/vnd.oci.image.config.v1+json");
        return blob(manifest.dump(), manifest_type);
    }

    void add(Json descriptor, const std::string& name, const std::string& architecture = "") {
        if (!name.empty())
            descriptor["annotations"]["org.opencontainers.image.ref.name"] = name;
        if (!architecture.empty())
            descriptor["platform"] = {{"os", "linux"}, {"architecture", architecture}};
        manifests.push_back(descriptor);
        write();
    }
    void write() const {
        dir.write("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
        dir.write("index.json", Json{{"schemaVersion", 2}, {"manifests", manifests}}.dump());
    }
};

// What docker save writes, unpacked.
struct DockerArchive : Folder {
    Json images = Json::array();

    void add(const std::vector<std::string>& layers, const std::vector<std::string>& tags) {
        const std::string number = std::to_string(images.size());
        Json config = {{"architecture", "amd64"},
                       {"os", "linux"},
                       {"config", {{"Env", {"A=b"}}}},
                       {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array()}}}};
        Json image = {{"Config", "c" + number + ".json"}, {"Layers", Json::array()}};
        image["RepoTags"] = tags.empty() ? Json() : Json(tags);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::string name = number + "-" + std::to_string(i) + "/layer.tar";
            dir.write(name, layers[i]);
            image["Layers"].push_back(name);
            config["rootfs"]["diff_ids"].push_back("sha256:" + sha256(layers[i]));
        }
        dir.write("c" + number + ".json", config.dump());
        images.push_back(image);
        dir.write("manifest.json", images.dump());
    }
};

std::string file(const std::string& content) {
    return RawTar().file("f", content).end();
}

} // namespace

TEST_CASE_METHOD(Builder, "layers are put one over the other") {
    add(image({RawTar().file("a", "1").file("b", "2").end(),
               RawTar().file(".wh.a", "").file("c", "3").end()}),
        "latest");
    const tree::Tree tree = root();
    CHECK_FALSE(tree.find("/a"));
    CHECK(tree.read("/b") == "2");
    CHECK(tree.read("/c") == "3");
    CHECK(root("latest").size() == tree.size());
    CHECK(refusal("other") == "it has no image other, but: latest");
}

TEST_CASE_METHOD(Builder, "how an image is to be run is kept") {
    add(image({file("x")},
              [](Json&, Json& config) {
                  config["config"] = {{"Env", {"A=b"}}, {"User", "web"}, {"Labels", {{"x", "y"}}}};
              }),
        "");
    CHECK(oci::Layout(dir.path()).image({}, {}).config == R"({"Env":["A=b"],"User":"web"})");
    manifests = Json::array();
    add(image({file("x")}, [](Json&, Json& config) { config["config"] = {{"Env", 8}}; }), "");
    CHECK(refusal() == "config.Env: expected a text");
}

TEST_CASE_METHOD(Builder, "an image is chosen by name and platform") {
    add(image({file("one")}), "one");
    add(image({file("two")}), "two");
    CHECK(refusal() == "it has several images; name one of them with ref: one, two");
    CHECK(root("two").read("/f") == "two");

    Json arm = image({file("arm")});
    arm["platform"] = {{"os", "linux"}, {"architecture", "arm64"}, {"variant", "v8"}};
    Json other = image({file("s390x")});
    other["platform"] = {{"os", "linux"}, {"architecture", "s390x"}};
    Json attestation = image({file("attestation")});
    attestation["platform"] = {{"os", "unknown"}, {"architecture", "unknown"}};
    const Json inner = {{"manifests", {arm, other, attestation}}};
    const Json nested = {{"manifests", {blob(inner.dump(), index_type)}}};
    add(blob(nested.dump(), index_type), "many");
    CHECK(root("many", "linux/arm64").read("/f") == "arm");
    CHECK(root("many", "linux/s390x").read("/f") == "s390x");
    CHECK(refusal("many", "linux/riscv64") ==
          "it has no image for linux/riscv64, but for: linux/arm64/v8, linux/s390x");
}

TEST_CASE_METHOD(Builder, "every blob must be what its name says") {
    const std::string layer = file("x");
    add(image({layer}), "");
    CHECK(refusal().empty());
    std::string other = layer;
    other[600] = 'y';
    dir.write("blobs/sha256/" + sha256(layer), other);
    CHECK_THAT(refusal(), ContainsSubstring("its content has another digest"));
    dir.write("blobs/sha256/" + sha256(layer), layer + "x");
    CHECK_THAT(refusal(), ContainsSubstring("has another size"));
    std::filesystem::remove(dir.path() / "blobs/sha256" / sha256(layer));
    CHECK_THAT(refusal(), ContainsSubstring("there is no blob"));
    std::filesystem::create_symlink("/etc/passwd", dir.path() / "blobs/sha256" / sha256(layer));
    CHECK_THAT(refusal(), ContainsSubstring("there is no blob"));
}

TEST_CASE_METHOD(Builder, "the configuration's digests count, too") {
    add(image(
            {file("x")},
            [](Json&, Json& config) { config["rootfs"]["diff_ids"][0] = "sha256:" + sha256(""); }),
        "");
    CHECK_THAT(refusal(), ContainsSubstring("another digest than the configuration says"));
    manifests = Json::array();
    add(image({file("x")},
              [](Json&, Json& config) { config["rootfs"]["diff_ids"] = Json::array(); }),
        "");
    CHECK(refusal() == "the manifest and the configuration have different numbers of layers");
}

TEST_CASE_METHOD(Builder, "documents that make no sense are refused") {
    const auto refused = [&](const Json& descriptor) {
        manifests = Json::array();
        add(descriptor, "");
        return refusal();
    };
    CHECK(refused({{"digest", "sha256:../../x"}, {"size", 1}, {"mediaType", manifest_type}}) ==
          "not a sha256 digest: sha256:../../x");
    CHECK_THAT(refused({{"digest", "sha512:" + std::string(128, 'a')}, {"size", 1}}),
               ContainsSubstring("not a sha256 digest"));
    CHECK_THAT(refused({{"digest", "sha256:" + sha256("x")}, {"size", -1}}),
               ContainsSubstring("manifests[0].size: expected a whole number"));
    CHECK(refused("x") == "manifests[0]: expected an object");
    CHECK(refused(blob("[]", manifest_type)) == "not a manifest in JSON: expected an object");
    CHECK(refused(blob("{}", manifest_type)) == "expected an object with \"config\"");
    CHECK_THAT(refused(image({file("x")},
                             [](Json& manifest, Json&) {
                                 manifest["layers"][0]["mediaType"] = "application/x-helm";
                             })),
               ContainsSubstring("which is no layer of files"));
    CHECK(refused(image({file("x")}, [](Json& manifest, Json&) {
              manifest["layers"] = Json(501, manifest["layers"][0]);
          })) == "it has too many layers");
    CHECK_THAT(refused(blob("{}" + std::string(std::size_t{4} << 20U, ' '), manifest_type)),
               ContainsSubstring("is too large"));
    dir.write("index.json", "{");
    CHECK(refusal() == "not an index in JSON: no JSON: damaged at byte 2");
    // An index that leads to itself cannot be made; one that is deep can.
    Json index = blob("{\"manifests\":[]}", index_type);
    for (int i = 0; i < 10; ++i)
        index = blob(Json{{"manifests", {index}}}.dump(), index_type);
    CHECK(refused(index) == "too many indexes in each other");
}

TEST_CASE_METHOD(Builder, "indexes are not followed without end") {
    const std::string too_much = "its indexes list more than anybody needs to find an image";
    const auto refused = [&](const Json& descriptor) {
        manifests = Json::array();
        add(descriptor, "");
        return refusal();
    };
    const auto index_of = [&](const Json& descriptor, std::size_t count, std::size_t blanks = 0) {
        return blob(Json{{"manifests", Json(count, descriptor)}}.dump() + std::string(blanks, ' '),
                    index_type);
    };
    const Json nothing = {
        {"mediaType", "none"}, {"digest", "sha256:" + sha256("")}, {"size", std::uint64_t{0}}};
    SECTION("many times the same") {
        const Json inner = index_of(nothing, 1);
        CHECK_THAT(refused(index_of(inner, 90)), ContainsSubstring("it has no image for"));
        CHECK(refused(index_of(inner, 100)) == too_much);
    }
    SECTION("many descriptors") {
        const Json inner = index_of(nothing, 900);
        CHECK_THAT(refused(index_of(inner, 10)), ContainsSubstring("it has no image for"));
        CHECK(refused(index_of(inner, 12)) == too_much);
    }
    SECTION("many bytes") {
        const Json inner = index_of(nothing, 1, std::size_t{4'000'000});
        CHECK_THAT(refused(index_of(inner, 8)), ContainsSubstring("it has no image for"));
        CHECK(refused(index_of(inner, 9)) == too_much);
    }
}

TEST_CASE_METHOD(Builder, "what is no layout is told from one") {
    CHECK_THROWS_WITH(oci::Layout(dir.path()), ContainsSubstring("is no OCI layout"));
}

TEST_CASE_METHOD(DockerArchive, "an archive of docker save is a source as well") {
    add({file("old"), RawTar().file("f", "new").file("g", "1").end()}, {"web:1", "web:latest"});
    CHECK(root().read("/f") == "new"); // one image, of two names
    CHECK(root("web:latest").read("/g") == "1");
    CHECK(refusal("web") == "it has no image web, but: web:1, web:latest");
    CHECK(refusal("web:1", "linux/s390x") ==
          "it has no image for linux/s390x, but for: linux/amd64");
    add({file("other")}, {});
    CHECK(root("web:1").read("/f") == "new");
    CHECK(refusal() == "it has several images; name one of them with ref: , web:1, web:latest");
    CHECK(oci::Layout(dir.path()).image("web:1", {}).config == R"({"Env":["A=b"]})");
}

TEST_CASE_METHOD(DockerArchive, "a layer of docker save may be a link to another, or compressed") {
    const std::string layer = file("shared");
    add({layer}, {"one"});
    std::filesystem::remove(dir.path() / "0-0/layer.tar");
    dir.write("shared/layer.tar", layer);
    std::filesystem::create_symlink("../shared/layer.tar", dir.path() / "0-0/layer.tar");
    CHECK(root().read("/f") == "shared");
    std::filesystem::remove(dir.path() / "0-0/layer.tar");
    dir.write("0-0/layer.tar", layer);
    const std::string tar = (dir.path() / "0-0/layer.tar").string();
    REQUIRE(std::system(("gzip -n " + tar + " && mv " + tar + ".gz " + tar).c_str()) == 0);
    CHECK(root().read("/f") == "shared");
}

TEST_CASE_METHOD(DockerArchive, "what docker save would not write is refused") {
    add({file("x")}, {"one"});
    dir.write("0-0/layer.tar", file("y"));
    CHECK_THAT(refusal(), ContainsSubstring("its content has another digest"));
    std::filesystem::remove(dir.path() / "0-0/layer.tar");
    CHECK_THAT(refusal(), ContainsSubstring("a file that is not there: 0-0/layer.tar"));
    for (const char* text : {"", "{}", "[8]", R"([{"Config": "c.json"}])",
                             R"([{"Config": "../../etc/passwd", "Layers": []}])",
                             R"([{"Config": "c0.json", "Layers": ["a", "b"]}])"}) {
        CAPTURE(text);
        dir.write("manifest.json", text);
        CHECK_FALSE(refusal().empty());
    }
}

TEST_CASE_METHOD(Builder, "a layer that leads out, or grows without end, is refused") {
    add(image({RawTar().file("../x", "").end()}), "");
    CHECK_THAT(refusal(), ContainsSubstring("layer 1"));
    CHECK_THAT(refusal(), ContainsSubstring("a path with \"..\""));
    manifests = Json::array();
    add(image({RawTar().header({.name = "f", .size = "100000000000"}).end()}), "");
    CHECK_THAT(refusal(), ContainsSubstring("larger together than such an archive may hold"));
}
