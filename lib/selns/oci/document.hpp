#pragma once

#include "selns/oci/layout.hpp"

#include <string>
#include <string_view>
#include <vector>

// The JSON documents of a layout. What does not have the form that the specification gives it is an
// invalid_input Error.
namespace selns::oci {

constexpr std::uint64_t most_document = 4U << 20U; // bytes
// Of all indexes that a search for one image reads, in each other or side by side.
constexpr unsigned most_depth = 4;
constexpr unsigned most_indexes = 100;
constexpr std::size_t most_descriptors = 10'000;
constexpr std::uint64_t most_read = 32U << 20U; // bytes
constexpr std::size_t most_layers = 500;

bool is_index(const Descriptor& descriptor);
bool is_manifest(const Descriptor& descriptor);

// What an index lists.
std::vector<Descriptor> read_index(const std::string& text);

struct Manifest {
    Descriptor config;
    std::vector<Descriptor> layers;
};
Manifest read_manifest(const std::string& text);

// A layer as a tar without compression.
constexpr std::string_view docker_layer_type = "application/vnd.docker.image.rootfs.diff.tar";

// What the manifest.json of an archive of docker save lists: paths in the archive.
struct DockerImage {
    std::string config;
    std::vector<std::string> tags;
    std::vector<std::string> layers;
};
std::vector<DockerImage> read_docker_images(const std::string& text);

// "linux/arm/v7", from an image's configuration; empty when that does not tell.
std::string platform_in_config(const std::string& text);

struct Config {
    std::vector<std::string> diff_ids;
    std::string run; // see Image::config
};
Config read_config(const std::string& text);

} // namespace selns::oci
