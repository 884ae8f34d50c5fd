#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::label {

// Strings, and which of them a text starts with, in one pass over that text: a radix tree, where a
// node stands for all bytes that its strings share. Owns its text. Memory is linear in the strings.
class PrefixTree {
  public:
    PrefixTree() = default;
    // KEYS are in ascending order; the same one may stand there several times.
    explicit PrefixTree(std::span<const std::string_view> keys);

    // Calls VISIT(length, first, last) for each different key that TEXT starts with, the shortest
    // first: keys[first, last) are this one, of so many bytes.
    template <typename Visit>
    void walk(std::string_view text, const Visit& visit) const;

  private:
    struct Node {
        std::uint32_t label = 0, length = 0; // in labels_: what the node adds to its parent
        std::uint32_t children = 0, child_count = 0;
        std::uint32_t first = 0, last = 0; // the keys that end here
    };
    // Keys [first, last) share `depth` bytes and become one node.
    struct Range {
        std::uint32_t first, last, depth;
    };
    void grow(std::span<const std::string_view> keys, std::uint32_t at, std::vector<Range>& ranges);

    std::vector<Node> nodes_;
    std::string labels_;
    std::string first_bytes_; // of each node's label, so that one memchr finds a child
};

template <typename Visit>
void PrefixTree::walk(std::string_view text, const Visit& visit) const {
    if (nodes_.empty())
        return;
    const Node* node = nodes_.data();
    for (std::size_t at = 0;;) {
        if (text.size() - at < node->length ||
            std::memcmp(text.data() + at, labels_.data() + node->label, node->length) != 0)
            return;
        at += node->length;
        if (node->first != node->last)
            visit(at, node->first, node->last);
        if (at == text.size() || node->child_count == 0)
            return;
        const char* bytes = first_bytes_.data() + node->children;
        const auto* found =
            static_cast<const char*>(std::memchr(bytes, text[at], node->child_count));
        if (found == nullptr)
            return;
        node = nodes_.data() + (found - first_bytes_.data());
    }
}

} // namespace selns::label
