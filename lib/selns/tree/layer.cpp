#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/importer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace selns::tree {

namespace {

constexpr std::string_view mark = ".wh.";
constexpr std::string_view opaque = ".wh..wh..opq";
// Where aufs keeps the files that have several names, and those without one. The names that a layer
// gives them are hard links to there.
constexpr std::array<std::string_view, 2> link_stores = {".wh..wh.plnk", ".wh..wh.orph"};

struct Split {
    std::string directory; // "" is the root
    std::string name;
};

Split split_entry(std::string_view path) {
    while (path.ends_with('/'))
        path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos)
        return {"", std::string(path)};
    return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

bool is_in_link_store(std::string_view path) {
    while (path.starts_with("./"))
        path.remove_prefix(2);
    return std::ranges::find(link_stores, path.substr(0, path.find('/'))) != link_stores.end();
}

bool is_whiteout(const archive::Entry& entry) {
    return split_entry(entry.path).name.starts_with(mark) && !is_in_link_store(entry.path);
}

// The directory PATH of TREE, which is not followed.
std::optional<InodeId> directory_at(const Tree& tree, const std::string& path) {
    InodeId at = Tree::root;
    std::string_view rest = path;
    while (!rest.empty()) {
        const std::size_t slash = rest.find('/');
        const std::string_view name = rest.substr(0, slash);
        rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
        if (name.empty() || name == ".")
            continue;
        const auto next = tree.child(at, name);
        if (!next || tree.inode(*next).type != FileType::directory)
            return std::nullopt;
        at = *next;
    }
    return at;
}

void remove_children(Tree& tree, const std::string& directory, InodeId id) {
    std::vector<std::string> names;
    for (const Name& child : tree.names(id))
        names.push_back(child.name);
    for (const std::string& name : names)
        tree.remove("/" + directory + "/" + name);
}

void remove_whited_out(Tree& tree, const archive::Entry& entry) {
    const std::string slashed = "/" + entry.path + "/";
    if (entry.path.starts_with('/') || slashed.find("/../") != slashed.npos)
        throw Error(ErrorKind::invalid_input, "a whiteout whose path leads out");
    const Split place = split_entry(entry.path);
    if (entry.hard_link || entry.type != FileType::regular)
        throw Error(ErrorKind::invalid_input, "a whiteout that is no file");
    const auto directory = directory_at(tree, place.directory);
    if (!directory)
        return;
    if (place.name == opaque)
        return remove_children(tree, place.directory, *directory);
    const std::string name = place.name.substr(mark.size());
    if (name.empty() || name == "." || name == "..")
        throw Error(ErrorKind::invalid_input, "a whiteout of nothing");
    // Other names with two marks are notes of a union file system.
    if (!name.starts_with(mark) && tree.child(*directory, name))
        tree.remove("/" + place.directory + "/" + name);
}

// A directory of the base gives way to a file of the layer.
void make_way(Tree& tree, const archive::Entry& entry) {
    if (entry.type == FileType::directory && !entry.hard_link)
        return;
    const Split place = split_entry(entry.path);
    const auto directory = directory_at(tree, place.directory);
    if (!directory || place.name.empty() || place.name == "." || place.name == "..")
        return;
    const auto old = tree.child(*directory, place.name);
    if (old && tree.inode(*old).type == FileType::directory)
        tree.remove("/" + place.directory + "/" + place.name);
}

Fd duplicate(const Fd& fd) {
    Fd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy || ::lseek(copy.get(), 0, SEEK_SET) < 0)
        throw system_error("cannot keep the layer open", errno);
    return copy;
}

} // namespace

void apply_layer(Tree& base, Fd fd, const std::string& name, Limits& rest) {
    archive::Entry entry;
    // Whiteouts are for what was there before the layer, wherever they stand in it.
    archive::Reader whiteouts(duplicate(fd), name);
    for (std::uint64_t entries = rest.entries; whiteouts.next(entry) && entries > 0; --entries) {
        try {
            // Before what follows is looked for behind it.
            if (entry.size < 0 || static_cast<std::uint64_t>(entry.size) > rest.content)
                throw Error(ErrorKind::invalid_input,
                            "its files are larger together than such an archive may hold");
            if (is_whiteout(entry))
                remove_whited_out(base, entry);
        } catch (Error& error) {
            throw error.context("entry " + printable(entry.path)).at({name});
        }
    }
    archive::Reader reader(duplicate(fd), name);
    Importer importer(reader, name, rest, std::move(base));
    while (reader.next(entry))
        if (!is_whiteout(entry)) {
            make_way(importer.tree(), entry);
            importer.add(entry);
        }
    rest = importer.rest();
    base = importer.finish();
    for (const std::string_view store : link_stores)
        if (base.find("/" + std::string(store), false))
            base.remove("/" + std::string(store));
}

} // namespace selns::tree
