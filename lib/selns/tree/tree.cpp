#include "selns/tree/tree.hpp"

#include "selns/base/error.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/steps.hpp"

#include <algorithm>

namespace selns::tree {

const std::vector<Name>& Tree::names(InodeId directory) const {
    static const std::vector<Name> none;
    const auto found = directories_.find(directory);
    return found == directories_.end() ? none : found->second.names();
}

std::optional<InodeId> Tree::child(InodeId directory, std::string_view name) const {
    const auto found = directories_.find(directory);
    return found == directories_.end() ? std::nullopt : found->second.find(name);
}

std::optional<InodeId> Tree::find(std::string_view path, bool follow) const {
    Steps steps(path);
    std::vector<InodeId> above; // the directories that lead to AT
    InodeId at = root;
    std::string_view name;
    while (steps.next(name)) {
        if (inodes_[at].type != FileType::directory)
            return std::nullopt;
        if (name == "..") {
            at = above.empty() ? root : above.back();
            if (!above.empty())
                above.pop_back();
            continue;
        }
        const auto next = child(at, name);
        if (!next)
            return std::nullopt;
        const Inode& found = inodes_[*next];
        if (found.type == FileType::symlink && (follow || !steps.last())) {
            if (found.target.empty())
                return std::nullopt;
            if (found.target.starts_with('/')) {
                above.clear();
                at = root;
            }
            steps.follow(found.target);
            continue;
        }
        above.push_back(at);
        at = *next;
    }
    return at;
}

std::string Tree::real_path(std::string_view path) const {
    Steps steps(path);
    std::vector<std::string> names;
    std::vector<std::optional<InodeId>> inodes; // of NAMES; none where nothing is
    std::string_view name;
    while (steps.next(name)) {
        if (name == "..") {
            if (!names.empty()) {
                names.pop_back();
                inodes.pop_back();
            }
            continue;
        }
        const auto at = inodes.empty() ? std::optional(root) : inodes.back();
        const auto next = at ? child(*at, name) : std::nullopt;
        if (next && inodes_[*next].type == FileType::symlink && !inodes_[*next].target.empty()) {
            const std::string& target = inodes_[*next].target;
            if (target.starts_with('/')) {
                names.clear();
                inodes.clear();
            }
            steps.follow(target);
            continue;
        }
        names.emplace_back(name);
        inodes.push_back(next);
    }
    std::string real;
    for (const std::string& each : names)
        real.append("/").append(each);
    return real.empty() ? "/" : real;
}

std::optional<std::string> Tree::read(std::string_view path, std::uint64_t limit) const {
    const auto id = find(path);
    if (!id || inodes_[*id].type != FileType::regular)
        return std::nullopt;
    try {
        return inodes_[*id].content.str(limit);
    } catch (Error& error) {
        error.context(printable(path));
        throw;
    }
}

bool Tree::walks_before(std::string_view a, std::string_view b) {
    const auto rank = [](char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); };
    return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
}

void Tree::walk(const Visitor& visit) const {
    struct Level {
        const std::vector<Name>* names;
        std::size_t next;
        std::size_t path_size;
    };
    std::vector<bool> seen(inodes_.size());
    std::string path = "/";
    visit(path, root, true);
    std::vector<Level> levels{{&names(root), 0, 0}};
    while (!levels.empty()) {
        Level& level = levels.back();
        if (level.next == level.names->size()) {
            levels.pop_back();
            continue;
        }
        const Name& name = (*level.names)[level.next++];
        path.resize(level.path_size);
        path.append("/").append(name.name);
        const bool first = !seen[name.inode];
        seen[name.inode] = true;
        interruption_point();
        visit(path, name.inode, first);
        if (inodes_[name.inode].type == FileType::directory)
            levels.push_back({&names(name.inode), 0, path.size()});
    }
}

} // namespace selns::tree
