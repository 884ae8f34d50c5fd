// Any bytes as what a sandbox that was taken over may say: messages, errors, entries, a tree.
#include "selns/archive/wire.hpp"
#include "selns/base/error.hpp"
#include "selns/image/ext4/tree_wire.hpp"
#include "selns/sandbox/channel.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

constexpr std::uint64_t largest_message = 1U << 20U;
constexpr std::size_t image_size = 65536;

template <typename Action>
void refusable(const Action& action) {
    try {
        action();
    } catch (const selns::Error&) {
        // The one way in which nonsense may be refused.
    }
}

void receive(std::string_view bytes) {
    selns::sandbox::Receiver receiver(largest_message);
    while (!bytes.empty()) {
        receiver.feed(bytes.substr(0, 7));
        bytes.remove_prefix(bytes.size() < 7 ? bytes.size() : 7);
        while (const auto message = receiver.next())
            (void)selns::sandbox::harmless(message->body);
    }
}

void take_entries(std::string_view bytes) {
    selns::archive::Entry entry;
    while (!bytes.empty()) {
        auto record = selns::archive::take_record(bytes);
        if (record.kind == selns::archive::RecordKind::entry)
            refusable([&] { selns::archive::decode(record.body, entry); });
        (void)selns::archive::take_number(record.body);
    }
}

void take_tree(std::string_view bytes) {
    selns::Fd image(::memfd_create("image", MFD_CLOEXEC));
    selns::write_all(image.get(), std::string(image_size, 'x'));
    selns::image::ext4::TreeReceiver receiver(std::move(image));
    receiver.take(bytes);
    const selns::tree::Tree tree = receiver.finish();
    tree.walk([&](const std::string&, selns::tree::InodeId id, bool) {
        if (tree.inode(id).content.size() <= image_size)
            (void)tree.inode(id).content.str();
    });
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    refusable([&] { receive(bytes); });
    refusable([&] { (void)selns::sandbox::decode(bytes); });
    refusable([&] { take_entries(bytes); });
    refusable([&] { take_tree(bytes); });
    return 0;
}
