#include "describe.hpp"

#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace selns::test {

namespace {

std::string line(const tree::Inode& inode) {
    std::string text =
        fmt::format("type {:o} mode {:o} owner {}:{} mtime {}.{:09} size {} target [{}] device "
                    "{}:{} context [{}]",
                    type_bits(inode.type), inode.mode, inode.uid, inode.gid, inode.mtime.seconds,
                    inode.mtime.nanoseconds, inode.content.size(), printable(inode.target),
                    inode.major, inode.minor, printable(inode.context));
    for (const auto& [name, value] : inode.xattrs)
        text += fmt::format(" {}=[{}]", printable(name), printable(value));
    if (inode.content.size() > 0)
        text += " sha256 " + sha256(inode.content.str());
    return text;
}

} // namespace

std::vector<std::string> describe(const tree::Tree& tree) {
    std::vector<std::string> lines;
    std::map<tree::InodeId, std::string> first_names;
    tree.walk([&](const std::string& path, tree::InodeId id, bool first) {
        if (first)
            first_names[id] = path;
        lines.push_back(printable(path) + ": " +
                        (first ? fmt::format("links {} ", tree.links(id)) + line(tree.inode(id))
                               : "same as " + printable(first_names.at(id))));
    });
    return lines;
}

std::string difference(const tree::Tree& expected, const tree::Tree& actual) {
    const auto one = describe(expected);
    const auto other = describe(actual);
    std::string text;
    for (const std::string& each : one)
        if (std::find(other.begin(), other.end(), each) == other.end())
            text += "expected " + each + "\n";
    for (const std::string& each : other)
        if (std::find(one.begin(), one.end(), each) == one.end())
            text += "found    " + each + "\n";
    return text.empty() && one != other ? "another order" : text;
}

} // namespace selns::test
