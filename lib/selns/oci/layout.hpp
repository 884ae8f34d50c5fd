#pragma once

#include "selns/tree/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace selns::oci {

// A blob as something names it: its digest and its size say what it must be.
struct Descriptor {
    std::string media_type;
    std::string digest; // "sha256:" and 64 hexadecimal digits
    std::uint64_t size = 0;
    std::string platform; // "linux/amd64", "linux/arm/v7"; empty: not told
    std::string name;     // of the image, in an index
};

// One image of a layout.
struct Image {
    std::string digest; // of its manifest, which decides about all of it
    std::vector<Descriptor> layers;
    std::vector<std::string> diff_ids; // the digest of each layer without compression
    // How its maker wants it run, as JSON: of Env, Entrypoint, Cmd, User and WorkingDir what is
    // there.
    std::string config;
};

// An OCI image layout (image-spec 1.x), or what docker save writes: a directory, or an archive of
// one in any compression.
// Everything in it is hostile: whatever is read must have the digest and size that were said. What
// is wrong with it is an invalid_input Error.
class Layout {
  public:
    explicit Layout(const std::filesystem::path& path);

    // The image called NAME, which may be left out when there is only one, for PLATFORM: without
    // that the only one, else this machine's.
    Image image(const std::optional<std::string>& name,
                const std::optional<std::string>& platform) const;

    // Its root file system: all layers, one over the other. Layers are unpacked into files without
    // a name in TEMPORARY. ON_LAYER is called before each.
    tree::Tree root(const Image& image, const std::filesystem::path& temporary,
                    const std::function<void(std::size_t layer)>& on_layer) const;

  private:
    std::string document(const Descriptor& descriptor) const;
    tree::Content blob(const Descriptor& descriptor) const;
    struct Search; // for an image, and what it may still look at
    void collect(const Descriptor& found, unsigned depth, Search& search) const;
    Descriptor choose(const std::optional<std::string>& name,
                      const std::optional<std::string>& platform) const;

    std::string name_; // for messages
    tree::Tree files_;
};

} // namespace selns::oci
