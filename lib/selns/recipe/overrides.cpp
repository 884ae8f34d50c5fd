#include "selns/recipe/overrides.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/scalar.hpp"
#include "selns/yaml/parse.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace selns::recipe {

namespace {

using yaml::Kind;
using yaml::Node;

// One part of a dotted path: a key, or an index.
struct Step {
    std::string key;
    std::optional<std::size_t> index;
};

std::string option(const Override& override) {
    return "--set " + printable(override.key);
}

Error usage(const Override& override, const std::string& message) {
    return Error(ErrorKind::usage, option(override) + ": " + message);
}

bool is_key_character(char c) {
    constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz"
                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return characters.find(c) != std::string_view::npos;
}

// Takes "[N]" off the front of TEXT.
std::optional<std::size_t> take_index(std::string_view& text) {
    const std::size_t close = text.find(']');
    if (!text.starts_with('[') || close == std::string_view::npos || close < 2 || close > 7)
        return std::nullopt;
    std::size_t index = 0;
    const auto [stop, failed] = std::from_chars(text.data() + 1, text.data() + close, index);
    if (failed != std::errc() || stop != text.data() + close)
        return std::nullopt;
    text.remove_prefix(close + 1);
    return index;
}

std::vector<Step> steps_of(const Override& override) {
    const Error malformed =
        usage(override, "expected a key such as selinux.mode or packages[0], then =VALUE");
    std::vector<Step> steps;
    for (std::string_view part : split(override.key, '.')) {
        const auto end = std::find_if_not(part.begin(), part.end(), is_key_character);
        const auto length = static_cast<std::size_t>(end - part.begin());
        if (length == 0)
            throw malformed;
        steps.push_back({std::string(part.substr(0, length)), {}});
        part.remove_prefix(length);
        while (!part.empty()) {
            const auto index = take_index(part);
            if (!index)
                throw malformed;
            steps.push_back({{}, index});
        }
    }
    if (steps.size() > yaml::max_depth)
        throw malformed;
    return steps;
}

class Setter {
  public:
    explicit Setter(const Override& override) : override_(override) {}

    Node& descend(Node& node, const Step& step) {
        Node& child = step.index ? item(node, *step.index) : member(node, step.key);
        path_ = step.index ? yaml::path_of(path_, *step.index) : yaml::path_of(path_, step.key);
        return child;
    }

  private:
    // An absent value becomes what the path needs.
    void make(Node& node, Kind kind, const std::string& name) {
        if (node.kind == Kind::null) {
            node = Node();
            node.kind = kind;
            node.at.file = option(override_);
        }
        if (node.kind != kind)
            throw usage(override_, (path_.empty() ? "the recipe" : path_) + " is " +
                                       describe(node) + ", not a " + name);
    }

    Node& item(Node& node, std::size_t index) {
        make(node, Kind::sequence, "list");
        if (index > node.items.size())
            throw usage(override_,
                        "the list " + path_ + " has " + std::to_string(node.items.size()) +
                            " items; the next index is " + std::to_string(node.items.size()));
        if (index == node.items.size())
            node.items.emplace_back();
        return node.items[index];
    }

    Node& member(Node& node, const std::string& key) {
        make(node, Kind::map, "map");
        if (yaml::Entry* entry = node.find(key))
            return entry->value;
        Location at;
        at.file = option(override_);
        node.entries.push_back({key, at, {}});
        return node.entries.back().value;
    }

    const Override& override_;
    std::string path_; // that led to the current node
};

} // namespace

void apply(const std::vector<Override>& overrides, Node& root, Diagnostics& problems) {
    for (const Override& override : overrides) {
        const auto steps = steps_of(override);
        if (steps.front().key == "include")
            throw usage(override, "only a recipe's file can include others");
        Node value = yaml::parse(override.value, option(override), problems, yaml::Places::whole);
        Setter setter(override);
        Node* node = &root;
        for (const Step& step : steps)
            node = &setter.descend(*node, step);
        *node = std::move(value);
    }
}

} // namespace selns::recipe
