#include "selns/oci/docker_archive.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/oci/document.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace selns::oci {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* manifest_file = "/manifest.json";
constexpr std::uint64_t most_of_a_mark = 512; // bytes, in which a compression shows
constexpr const char* manifest_type = "application/vnd.docker.distribution.manifest.v2+json";
constexpr const char* config_type = "application/vnd.docker.container.image.v1+json";

class Conversion {
  public:
    explicit Conversion(const tree::Tree& files) : files_(files) {}

    tree::Tree run() {
        Json index = Json::object();
        index["manifests"] = Json::array();
        for (const DockerImage& image :
             read_docker_images(files_.read(manifest_file, most_document).value_or("")))
            list(image, index["manifests"]);
        put("/oci-layout", tree::Content::bytes("{}"));
        put("/index.json", tree::Content::bytes(index.dump()));
        return std::move(layout_);
    }

  private:
    // IMAGE once for each of its tags.
    void list(const DockerImage& image, Json& manifests) {
        const std::string config = document(image.config);
        const std::vector<std::string> diff_ids = read_config(config).diff_ids;
        if (diff_ids.size() != image.layers.size())
            throw Error(ErrorKind::invalid_input,
                        "manifest.json and the configuration have different numbers of layers");
        Json manifest = Json::object();
        manifest["config"] =
            blob(config_type, "sha256:" + sha256(config), tree::Content::bytes(config));
        manifest["layers"] = Json::array();
        for (std::size_t i = 0; i < diff_ids.size(); ++i)
            manifest["layers"].push_back(layer(image.layers[i], diff_ids[i]));
        const std::string text = text_of(manifest);
        Json found = blob(manifest_type, "sha256:" + sha256(text), tree::Content::bytes(text));
        found["platform"] = platform(platform_in_config(config));
        manifests.push_back(found);
        for (std::size_t i = 0; i < image.tags.size(); ++i) {
            found["annotations"] = {{"org.opencontainers.image.ref.name", image.tags[i]}};
            if (i == 0)
                manifests.back() = found;
            else
                manifests.push_back(found);
        }
    }

    static Json platform(const std::string& text) {
        const auto parts = split(text, '/');
        Json result = Json::object();
        static constexpr std::array<const char*, 3> keys = {"os", "architecture", "variant"};
        for (std::size_t i = 0; parts.size() > 1 && i < std::min(parts.size(), keys.size()); ++i)
            result[keys.at(i)] = std::string(parts[i]);
        return result;
    }

    // Those of old versions name a layer that another image has as well by a symlink to it.
    tree::Content content(const std::string& path) const {
        const auto id = files_.find("/" + path);
        if (!id || files_.inode(*id).type != tree::FileType::regular)
            throw Error(ErrorKind::invalid_input,
                        "manifest.json names a file that is not there: " + printable(path));
        return files_.inode(*id).content;
    }

    std::string document(const std::string& path) const {
        const tree::Content found = content(path);
        if (found.size() > most_document)
            throw Error(ErrorKind::invalid_input,
                        "the configuration " + printable(path) + " is too large");
        return found.str(most_document);
    }

    Json layer(const std::string& path, const std::string& diff_id) {
        const tree::Content found = content(path);
        std::string begin(std::min<std::uint64_t>(found.size(), most_of_a_mark), '\0');
        found.read(0, begin.data(), begin.size());
        const bool compressed = archive::may_be_compressed(begin);
        return blob(std::string(docker_layer_type),
                    compressed ? "sha256:" + digest(found) : diff_id, found);
    }

    static std::string digest(const tree::Content& content) {
        Sha256 hash;
        content.for_each_piece([&](std::string_view piece) { hash.update(piece); });
        return hash.hex();
    }

    // CONTENT in its place; the result describes it.
    Json blob(const std::string& type, const std::string& digest, const tree::Content& content) {
        put("/blobs/sha256/" + digest.substr(7), content);
        return {{"mediaType", type}, {"digest", digest}, {"size", content.size()}};
    }

    void put(const std::string& path, tree::Content content) {
        tree::Inode inode;
        inode.content = std::move(content);
        layout_.put(path, std::move(inode));
    }

    static std::string text_of(const Json& json) {
        return json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    const tree::Tree& files_;
    tree::Tree layout_;
};

} // namespace

bool is_docker_archive(const tree::Tree& files) {
    return files.find(manifest_file).has_value();
}

tree::Tree as_layout(const tree::Tree& files) {
    return Conversion(files).run();
}

} // namespace selns::oci
