#pragma once

#include "selns/tree/tree.hpp"

namespace selns::oci {

// Whether FILES are what docker save writes into an archive (podman save, skopeo's docker-archive):
// a manifest.json that names each image's configuration, tags and layers.
bool is_docker_archive(const tree::Tree& files);

// The same images as an OCI image layout: with an index.json, a manifest for each image, and blobs
// that are the archive's own files. Layers without compression, which are usual, are not read:
// their digests are those that the configuration says, and are held against their content when they
// are unpacked. What is wrong with FILES is an invalid_input Error.
tree::Tree as_layout(const tree::Tree& files);

} // namespace selns::oci
