#pragma once

#include "selns/archive/entry.hpp"
#include "selns/archive/wire.hpp"
#include "selns/base/file.hpp"
#include "selns/image/ext4/reader.hpp"
#include "selns/tree/tree.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How an image's tree comes out of the sandbox: directories before what is in them, each name with
// the number of its directory, counted in the order of their coming. No path is sent, so that names
// far down cost no more than others.
namespace selns::image::ext4 {

// Hands what is put into it to EMIT in pieces. Contents that are ExtentSources go as places in the
// image, others as bytes.
class TreeSender final : public InodeSink {
  public:
    using Emit = std::function<void(std::string_view)>;
    explicit TreeSender(Emit emit) : emit_(std::move(emit)) {}

    tree::InodeId put(tree::InodeId directory, std::string_view name, tree::Inode inode) override;
    void link(tree::InodeId directory, std::string_view name, tree::InodeId existing) override;
    void finish(); // hands over the last of it

  private:
    void add(archive::RecordKind kind, std::string_view body);
    void add_content(const tree::Content& content);

    Emit emit_;
    std::string batch_;
    tree::InodeId next_ = 0;
};

// Makes the tree of what comes out, and trusts none of it: what makes no sense is an Error.
class TreeReceiver {
  public:
    explicit TreeReceiver(Fd image);
    void take(std::string_view piece); // of whole records
    tree::Tree finish();

  private:
    struct Known {
        tree::InodeId id = tree::Tree::root;
        std::size_t path_size = 0; // bytes; 0 for the root
    };

    void take(const archive::WireRecord& record);
    void take_entry(std::string_view body);
    void add_entry(std::uint64_t parent);
    void take_link(std::string_view body);
    void take_content(const archive::WireRecord& record);
    void check_entry();
    void count_name();
    void keep(std::uint64_t bytes);
    const Known& known(std::uint64_t number) const;
    std::size_t path_size(const Known& directory, std::string_view name) const;
    tree::Content bytes(std::string_view body) const;
    tree::Content spans(std::string_view body) const;

    std::uint64_t image_size_;
    std::shared_ptr<const tree::ContentSource> image_;
    tree::Tree tree_;
    std::vector<Known> known_;
    archive::Entry entry_; // kept for its buffers
    std::uint64_t names_ = 0;
    std::uint64_t kept_ = 0;         // bytes of memory, about
    std::uint64_t content_ = 0;      // bytes of all files
    std::uint64_t content_size_ = 0; // of the last file, while its content is still to come
};

} // namespace selns::image::ext4
