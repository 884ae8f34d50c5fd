#include "selns/base/text.hpp"
#include "selns/image/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace selns::image {

namespace {

struct Place {
    std::string path;
    tree::InodeId id = 0;
};

// In walk order.
std::vector<Place> places(const tree::Tree& tree) {
    std::vector<Place> result;
    tree.walk([&result](const std::string& path, tree::InodeId id, bool) {
        result.push_back({path, id});
    });
    return result;
}

bool below(std::string_view path, std::string_view directory) {
    return path.size() > directory.size() && path.starts_with(directory) &&
           path[directory.size()] == '/';
}

std::string context_of(const tree::Inode& inode) {
    return inode.context.empty() ? "none" : printable(inode.context);
}

class Comparison {
  public:
    Comparison(const tree::Tree& expected, const tree::Tree& actual, std::size_t limit)
        : expected_(expected), actual_(actual), limit_(limit) {}

    std::vector<std::string> run() {
        const std::vector<Place> left = places(expected_);
        const std::vector<Place> right = places(actual_);
        auto l = left.begin();
        auto r = right.begin();
        while ((l != left.end() || r != right.end()) && lines_.size() < limit_) {
            if (r == right.end() || (l != left.end() && tree::Tree::walks_before(l->path, r->path)))
                l = alone(l, left.end(), "missing");
            else if (l == left.end() || tree::Tree::walks_before(r->path, l->path))
                r = alone(r, right.end(), "unexpected");
            else
                compare_both(*l++, *r++);
        }
        return std::move(lines_);
    }

  private:
    using Iterator = std::vector<Place>::const_iterator;

    // One line for a directory that stands in one tree only, however much is in it.
    Iterator alone(Iterator at, Iterator end, std::string_view what) {
        auto next = at + 1;
        while (next != end && below(next->path, at->path))
            ++next;
        const auto inside = static_cast<std::uint64_t>(next - at - 1);
        say(at->path, inside == 0
                          ? std::string(what)
                          : fmt::format("{}, with {} names below", what, human_count(inside)));
        return next;
    }

    void compare_both(const Place& expected, const Place& actual) {
        if (compare_links(expected, actual))
            compare_inodes(expected.path, expected_.inode(expected.id), actual_.inode(actual.id));
    }

    // Whether the inodes have to be compared: not when they were under another name.
    bool compare_links(const Place& expected, const Place& actual) {
        const auto [there, is_new] = actual_of_.emplace(expected.id, actual);
        const auto [back, is_new_back] = expected_of_.emplace(actual.id, expected);
        if (there->second.id != actual.id)
            say(expected.path, "is no hard link to " + printable(there->second.path));
        else if (back->second.id != expected.id)
            say(expected.path, "is a hard link to " + printable(back->second.path));
        return is_new || is_new_back;
    }

    void compare_inodes(const std::string& path, const tree::Inode& a, const tree::Inode& b) {
        if (a.type != b.type)
            return differ(path, "type", name_of(a.type), name_of(b.type));
        if (a.mode != b.mode)
            differ(path, "mode", fmt::format("{:04o}", a.mode), fmt::format("{:04o}", b.mode));
        if (a.uid != b.uid || a.gid != b.gid)
            differ(path, "owner", fmt::format("{}:{}", a.uid, a.gid),
                   fmt::format("{}:{}", b.uid, b.gid));
        if (a.mtime.seconds != b.mtime.seconds)
            differ(path, "modification time", utc_time(a.mtime.seconds), utc_time(b.mtime.seconds));
        if (a.content.size() != b.content.size())
            differ(path, "size", a.content.size(), b.content.size());
        if (a.target != b.target)
            differ(path, "target", printable(a.target), printable(b.target));
        if (a.major != b.major || a.minor != b.minor)
            differ(path, "device", fmt::format("{}:{}", a.major, a.minor),
                   fmt::format("{}:{}", b.major, b.minor));
        if (a.context != b.context)
            differ(path, "context", context_of(a), context_of(b));
        compare_xattrs(path, a.xattrs, b.xattrs);
    }

    using Xattrs = std::map<std::string, std::string>;

    void compare_xattrs(const std::string& path, const Xattrs& a, const Xattrs& b) {
        for (const auto& [name, value] : a) {
            const auto found = b.find(name);
            if (found == b.end())
                say(path, "attribute " + printable(name) + " is missing");
            else if (found->second != value)
                say(path, "attribute " + printable(name) + " has another value");
        }
        for (const auto& item : b)
            if (!a.contains(item.first))
                say(path, "attribute " + printable(item.first) + " is unexpected");
    }

    template <typename T>
    void differ(const std::string& path, std::string_view what, const T& expected,
                const T& actual) {
        say(path, fmt::format("{}: expected {}, found {}", what, expected, actual));
    }

    void say(const std::string& path, const std::string& what) {
        if (lines_.size() < limit_)
            lines_.push_back(printable(path) + ": " + what);
    }

    const tree::Tree& expected_;
    const tree::Tree& actual_;
    std::size_t limit_;
    std::vector<std::string> lines_;
    std::unordered_map<tree::InodeId, Place> actual_of_;
    std::unordered_map<tree::InodeId, Place> expected_of_;
};

} // namespace

std::vector<std::string> compare(const tree::Tree& expected, const tree::Tree& actual,
                                 std::size_t limit) {
    return Comparison(expected, actual, limit).run();
}

} // namespace selns::image
