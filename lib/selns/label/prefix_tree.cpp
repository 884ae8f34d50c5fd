#include "selns/label/prefix_tree.hpp"

#include <algorithm>

namespace selns::label {

namespace {

// How many bytes two strings that share FROM have in common at their start.
std::uint32_t shared(std::string_view a, std::string_view b, std::uint32_t from) {
    const auto end = std::min(a.size(), b.size());
    while (from < end && a[from] == b[from])
        ++from;
    return from;
}

} // namespace

PrefixTree::PrefixTree(std::span<const std::string_view> keys) {
    if (keys.empty())
        return;
    // Level by level, so that the children of a node lie side by side.
    std::vector<Range> ranges = {{0, static_cast<std::uint32_t>(keys.size()), 0}};
    nodes_.emplace_back();
    first_bytes_ += '\0'; // the root's is never asked for
    for (std::uint32_t at = 0; at < nodes_.size(); ++at)
        grow(keys, at, ranges);
}

void PrefixTree::grow(std::span<const std::string_view> keys, std::uint32_t at,
                      std::vector<Range>& ranges) {
    const auto [first, last, depth] = ranges[at];
    // In sorted keys, what the first and the last share, all share.
    const auto end = shared(keys[first], keys[last - 1], depth);
    Node node;
    node.label = static_cast<std::uint32_t>(labels_.size());
    node.length = end - depth;
    labels_ += keys[first].substr(depth, node.length);
    node.first = node.last = first;
    while (node.last < last && keys[node.last].size() == end)
        ++node.last;
    node.children = static_cast<std::uint32_t>(nodes_.size());
    for (auto i = node.last; i < last;) {
        const char byte = keys[i][end];
        const auto begin = i;
        while (i < last && keys[i][end] == byte)
            ++i;
        nodes_.emplace_back();
        first_bytes_ += byte;
        ranges.push_back({begin, i, end});
        ++node.child_count;
    }
    nodes_[at] = node;
}

} // namespace selns::label
