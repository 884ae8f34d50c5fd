#include "selns/oci/layout.hpp"

#include "selns/archive/deb.hpp"
#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/oci/docker_archive.hpp"
#include "selns/oci/document.hpp"
#include "selns/tree/archive.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace selns::oci {

namespace {

constexpr std::size_t piece_size = 1U << 20U;

Error wrong(const std::string& why) {
    return Error(ErrorKind::invalid_input, why);
}

tree::Tree read_files(const std::filesystem::path& path) {
    if (std::filesystem::is_directory(path))
        return tree::read_directory(path, {}, tree::Limits::from_others());
    open_read(path); // tells what is wrong with it
    return tree::read_archive(path, tree::Limits::from_others(std::filesystem::file_size(path)));
}

std::string this_platform() {
    struct utsname names = {};
    ::uname(&names);
    const std::string machine = names.machine;
    for (const auto& [kernel, oci] : {std::pair("x86_64", "amd64"), std::pair("aarch64", "arm64"),
                                      std::pair("i686", "386"), std::pair("armv7l", "arm")})
        if (machine == kernel)
            return std::string("linux/") + oci;
    return "linux/" + machine;
}

// "linux/arm64" means any variant of it.
bool is_for(const Descriptor& image, const std::string& platform) {
    return image.platform == platform || image.platform.starts_with(platform + "/");
}

template <typename Text>
std::string listed(const std::vector<Descriptor>& images, Text text) {
    constexpr std::size_t most = 20;
    std::set<std::string> names;
    for (const Descriptor& image : images)
        if (names.size() <= most)
            names.insert(printable(text(image).substr(0, 200)));
    std::vector<std::string> shown(names.begin(), names.end());
    if (shown.size() > most)
        shown.back() = "...";
    return join(shown, ", ");
}

// A copy of BLOB in a file without a name, at its start; what it is must be DESCRIPTOR's.
Fd verified(const tree::Content& blob, const Descriptor& descriptor,
            const std::filesystem::path& temporary) {
    Fd copy = archive::unnamed_file(temporary);
    Sha256 hash;
    blob.for_each_piece([&](std::string_view piece) {
        hash.update(piece);
        write_all(copy.get(), piece);
    });
    if ("sha256:" + hash.hex() != descriptor.digest)
        throw wrong("its content has another digest");
    ::lseek(copy.get(), 0, SEEK_SET);
    return copy;
}

// The blob's content without its compression, in a file without a name; its digest must be DIFF_ID.
Fd unpacked(const tree::Content& blob, const Descriptor& descriptor, const std::string& diff_id,
            std::uint64_t limit, const std::filesystem::path& temporary) {
    const Fd compressed = verified(blob, descriptor, temporary);
    Fd fd = archive::unnamed_file(temporary);
    Sha256 plain;
    std::uint64_t written = 0;
    const std::string damage =
        archive::decompress({{}, compressed.get()}, [&](std::string_view piece) {
            written += piece.size();
            if (written > limit)
                throw wrong("it holds far more than its size lets expect");
            plain.update(piece);
            write_all(fd.get(), piece);
        });
    if (!damage.empty())
        throw wrong(damage);
    if ("sha256:" + plain.hex() != diff_id)
        throw wrong("without compression, it has another digest than the configuration says");
    return fd;
}

} // namespace

Layout::Layout(const std::filesystem::path& path) : name_(path.string()), files_(read_files(path)) {
    if (files_.find("/oci-layout") && files_.find("/index.json"))
        return;
    if (!is_docker_archive(files_))
        throw wrong(printable(name_) + " is no OCI layout, which has oci-layout and index.json, "
                                       "and no archive of docker save, which has manifest.json");
    files_ = as_layout(files_);
}

tree::Content Layout::blob(const Descriptor& descriptor) const {
    const auto id = files_.find("/blobs/sha256/" + descriptor.digest.substr(7));
    if (!id || files_.inode(*id).type != tree::FileType::regular)
        throw wrong("there is no blob " + descriptor.digest);
    const tree::Content& content = files_.inode(*id).content;
    if (content.size() != descriptor.size)
        throw wrong("the blob " + descriptor.digest + " has another size");
    return content;
}

std::string Layout::document(const Descriptor& descriptor) const {
    const tree::Content content = blob(descriptor);
    if (content.size() > most_document)
        throw wrong("the document " + descriptor.digest + " is too large");
    std::string text = content.str(most_document);
    if ("sha256:" + sha256(text) != descriptor.digest)
        throw wrong("the blob " + descriptor.digest + " has another digest");
    return text;
}

// Indexes can lead to each other in more ways than anybody has time for.
struct Layout::Search {
    std::vector<Descriptor> images;
    unsigned indexes = 0;
    std::size_t descriptors = 0;
    std::uint64_t bytes = 0;

    void count(std::size_t more, std::uint64_t size) {
        descriptors += more;
        bytes += size;
        if (++indexes > most_indexes || descriptors > most_descriptors || bytes > most_read)
            throw wrong("its indexes list more than anybody needs to find an image");
    }
};

// The manifests that FOUND, one or an index, leads to.
void Layout::collect(const Descriptor& found, unsigned depth, Search& search) const {
    if (is_manifest(found))
        search.images.push_back(found);
    if (!is_index(found))
        return;
    if (depth == 0)
        throw wrong("too many indexes in each other");
    const std::string text = document(found);
    const std::vector<Descriptor> listed = read_index(text);
    search.count(listed.size(), text.size());
    for (const Descriptor& descriptor : listed)
        collect(descriptor, depth - 1, search);
}

Descriptor Layout::choose(const std::optional<std::string>& name,
                          const std::optional<std::string>& platform) const {
    const auto text = files_.read("/index.json", most_document);
    std::vector<Descriptor> named = read_index(text.value_or(""));
    const std::string names = listed(named, [](const Descriptor& image) { return image.name; });
    // An image may have several names.
    std::set<std::string> seen;
    if (!name)
        std::erase_if(named,
                      [&](const Descriptor& image) { return !seen.insert(image.digest).second; });
    if (name)
        std::erase_if(named, [&](const Descriptor& image) { return image.name != *name; });
    if (named.empty() && name)
        throw wrong("it has no image " + printable(*name) + ", but: " + names);
    if (!name && std::any_of(named.begin(), named.end(), [&](const Descriptor& image) {
            return image.name != named.front().name;
        }))
        throw wrong("it has several images; name one of them with ref: " + names);

    Search search;
    for (const Descriptor& found : named)
        collect(found, most_depth, search);
    std::vector<Descriptor>& images = search.images;
    // What a build tool says about an image is stored like an image, for no platform.
    std::erase_if(images,
                  [](const Descriptor& image) { return image.platform == "unknown/unknown"; });
    if (images.size() == 1 && !platform)
        return images.front();
    const std::string wanted = platform.value_or(this_platform());
    const std::string others = listed(images, [](const Descriptor& image) {
        return image.platform.empty() ? std::string("one that does not tell") : image.platform;
    });
    std::erase_if(images, [&](const Descriptor& image) { return !is_for(image, wanted); });
    if (images.empty())
        throw wrong("it has no image for " + printable(wanted) +
                    (others.empty() ? std::string() : ", but for: " + others));
    return images.front();
}

Image Layout::image(const std::optional<std::string>& name,
                    const std::optional<std::string>& platform) const {
    const Descriptor chosen = choose(name, platform);
    const Manifest manifest = read_manifest(document(chosen));
    const Config config = read_config(document(manifest.config));
    if (manifest.layers.size() != config.diff_ids.size())
        throw wrong("the manifest and the configuration have different numbers of layers");
    return {chosen.digest, manifest.layers, config.diff_ids, config.run};
}

tree::Tree Layout::root(const Image& image, const std::filesystem::path& temporary,
                        const std::function<void(std::size_t layer)>& on_layer) const {
    std::uint64_t size = 0;
    for (const Descriptor& layer : image.layers)
        size += blob(layer).size();
    tree::Limits rest = tree::Limits::from_others(size);
    // A tar has headers and padding besides.
    const std::uint64_t most = 2 * rest.content;
    tree::Tree root;
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        const Descriptor& layer = image.layers[i];
        on_layer(i);
        try {
            Fd fd = unpacked(blob(layer), layer, image.diff_ids.at(i), most, temporary);
            tree::apply_layer(root, std::move(fd), "layer " + layer.digest, rest);
        } catch (Error& error) {
            if (error.kind() == ErrorKind::invalid_input)
                error.context("layer " + std::to_string(i + 1) + " (" + layer.digest.substr(0, 19) +
                              ")");
            throw;
        }
    }
    return root;
}

} // namespace selns::oci
