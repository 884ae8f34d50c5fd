#include "selns/base/error.hpp"
#include "selns/image/ext4/tree_wire.hpp"
#include "support/catch.hpp"
#include "unit/image/trees.hpp"

#include <sys/mman.h>

#include <map>
#include <random>

using namespace selns;
using namespace selns::test;
using archive::RecordKind;

namespace {

std::string sent(const tree::Tree& tree) {
    std::string text;
    image::ext4::TreeSender sender([&](std::string_view piece) { text += piece; });
    std::map<tree::InodeId, tree::InodeId> ids;
    std::vector<tree::InodeId> directories = {tree::Tree::root};
    ids[tree::Tree::root] = sender.put(0, {}, tree.inode(tree::Tree::root));
    for (std::size_t next = 0; next < directories.size(); ++next)
        for (const auto& [name, inode] : tree.names(directories[next])) {
            const tree::InodeId above = ids.at(directories[next]);
            if (ids.contains(inode)) {
                sender.link(above, name, ids.at(inode));
                continue;
            }
            ids[inode] = sender.put(above, name, tree.inode(inode));
            if (tree.inode(inode).type == tree::FileType::directory)
                directories.push_back(inode);
        }
    sender.finish();
    return text;
}

tree::Tree received(std::string_view text) {
    image::ext4::TreeReceiver receiver(Fd(::memfd_create("image", MFD_CLOEXEC)));
    receiver.take(text);
    return receiver.finish();
}

void refuses(const std::string& text) {
    CHECK_THROWS_AS(received(text), Error);
}

std::string entry(std::uint64_t directory, const std::string& name, FileType type,
                  std::int64_t size = 0) {
    archive::Entry entry;
    entry.path = name;
    entry.type = type;
    entry.size = size;
    std::string record;
    archive::put_record(record, RecordKind::entry,
                        archive::encode_number(directory, archive::encode(entry)));
    return record;
}

std::string link(std::uint64_t directory, std::uint64_t existing, const std::string& name) {
    std::string record;
    archive::put_record(record, RecordKind::link,
                        archive::encode_number(directory, archive::encode_number(existing, name)));
    return record;
}

std::string content(RecordKind kind, const std::string& bytes) {
    std::string record;
    archive::put_record(record, kind, bytes);
    return record;
}

const auto directory_type = FileType::directory;
const auto regular_type = FileType::regular;
const std::string root = entry(0, "", directory_type);

} // namespace

TEST_CASE("a tree comes out as it went in") {
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U}) {
        const tree::Tree tree = random_tree(seed);
        CHECK(all_differences(tree, received(sent(tree))).empty());
    }
}

TEST_CASE("a tree that makes no sense is refused") {
    refuses("");
    refuses(entry(0, "", regular_type));
    CHECK(received(root).size() == 1);
    const std::string file = root + entry(0, "a", regular_type);
    CHECK(received(file).size() == 2);
    CHECK(received(file + link(0, 1, "b")).links(1) == 2);
    CHECK_NOTHROW(
        received(root + entry(0, "a", regular_type, 1) + content(RecordKind::content, "x")));

    refuses(root + entry(1, "a", regular_type));             // its directory is still to come
    refuses(file + entry(1, "b", regular_type));             // below a file
    refuses(file + entry(0, "a", directory_type));           // in the place of another
    refuses(file + entry(0, "..", directory_type));          // a way up
    refuses(file + entry(0, "a/b", regular_type));           // a path
    refuses(file + entry(0, "", regular_type));              // no name
    refuses(file + link(0, 0, "b"));                         // another name of a directory
    refuses(file + link(1, 1, "b"));                         // in a file
    refuses(file + link(0, 1, "a"));                         // the same name
    refuses(file + link(0, 2, "b"));                         // of nothing
    refuses(file + content(RecordKind::content, "x"));       // content of an empty file
    refuses(root + entry(0, "a", regular_type, 1));          // no content
    refuses(root + entry(0, "a", regular_type, -1));         // an impossible size
    refuses(root + entry(0, "a", directory_type, 1));        // content of a directory
    refuses(root + content(RecordKind::end_of_content, "")); // of archives
    refuses(root + entry(0, "a", regular_type, 1) + content(RecordKind::content, "xy"));
    refuses(root + entry(0, "a", regular_type, 1) + content(RecordKind::spans, "not spans"));
    refuses(root + entry(0, "a", regular_type, 1) +
            content(RecordKind::spans, std::string(8, '\0') + std::string(16, '\1'))); // outside

    std::string deep = root;
    for (std::uint64_t depth = 0; depth < 20; ++depth)
        deep += entry(depth, std::string(250, 'd'), directory_type);
    refuses(deep);
}

TEST_CASE("random damage on the way gives a tree or an Error") {
    const std::string sound = sent(random_tree(5));
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        std::string text = sound.substr(0, 20'000);
        for (auto changes = 1 + random() % 10; changes > 0; --changes)
            text[random() % text.size()] = static_cast<char>(random());
        try {
            received(text);
        } catch (const Error&) {
            continue;
        }
    }
}
