#include "selns/json/json.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <limits>
#include <variant>

namespace selns::json {

struct Node {
    struct List {};
    struct Object {};
    using Content = std::variant<std::monostate, bool, std::uint64_t, std::int64_t, double,
                                 std::string, List, Object>;

    Content content;
    const Node* parent = nullptr;
    std::string key{};          // in an object
    std::size_t index = 0;      // in a list
    std::vector<Node*> items{}; // of a list or an object, in the document's order
};

struct Document {
    std::string file;
    std::deque<Node> nodes{}; // none of them moves
};

namespace {

constexpr std::size_t most_shown = 100; // bytes of a stranger's text in a message
constexpr std::size_t longest_file_name = 255;

Error wrong(const std::string& file, const std::string& what) {
    Error error(ErrorKind::invalid_input, what);
    if (!file.empty())
        error.at({printable(file)});
    return error;
}

// Builds a Document; every value passes through add(), where the bounds are.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
  public:
    Builder(Document& document, const Limits& limits) : document_(document), limits_(limits) {}

    bool null() override { return add({}); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(std::int64_t{value}); }
    bool number_unsigned(number_unsigned_t value) override { return add(std::uint64_t{value}); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Node::Object{}); }
    bool start_array(std::size_t) override { return open(Node::List{}); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& key) override {
        key_ = std::move(key);
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override {
        throw wrong(document_.file, fmt::format("no JSON: damaged at byte {}", position));
    }

  private:
    bool add(Node::Content content) {
        if (document_.nodes.size() >= limits_.values)
            throw wrong(document_.file, fmt::format("more than {} values", limits_.values));
        Node& node = document_.nodes.emplace_back();
        node.content = std::move(content);
        if (!open_.empty()) {
            node.parent = open_.back();
            node.key = std::exchange(key_, {});
            node.index = open_.back()->items.size();
            open_.back()->items.push_back(&node);
        }
        return true;
    }
    bool open(Node::Content content) {
        if (open_.size() >= limits_.depth)
            throw wrong(document_.file,
                        fmt::format("more than {} lists and objects in each other", limits_.depth));
        add(std::move(content));
        open_.push_back(&document_.nodes.back());
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    Document& document_;
    const Limits& limits_;
    std::vector<Node*> open_;
    std::string key_;
};

} // namespace

Value parse(std::string_view text, const std::string& file, const Limits& limits) {
    if (text.size() > limits.bytes)
        throw wrong(file, fmt::format("larger than {} bytes", limits.bytes));
    const auto document = std::make_shared<Document>(Document{file});
    Builder builder(*document, limits);
    nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
    return {document, document->nodes.front()};
}

std::string Value::place() const {
    std::string place;
    for (const Node* node = node_; node->parent != nullptr; node = node->parent) {
        const bool listed = std::holds_alternative<Node::List>(node->parent->content);
        const std::string step =
            listed ? fmt::format("[{}]", node->index) : printable(node->key.substr(0, most_shown));
        place.insert(0, place.empty() || place.front() == '[' ? step : step + ".");
    }
    return place;
}

void Value::refuse(const std::string& expected) const {
    const std::string at = place();
    throw wrong(document_->file,
                at.empty() ? "expected " + expected : at + ": expected " + expected);
}

bool Value::is_null() const {
    return std::holds_alternative<std::monostate>(node_->content);
}
bool Value::is_text() const {
    return std::holds_alternative<std::string>(node_->content);
}
bool Value::is_list() const {
    return std::holds_alternative<Node::List>(node_->content);
}
bool Value::is_object() const {
    return std::holds_alternative<Node::Object>(node_->content);
}

std::string Value::text() const {
    if (!is_text())
        refuse("a text");
    return std::get<std::string>(node_->content);
}

bool Value::boolean() const {
    if (const bool* value = std::get_if<bool>(&node_->content))
        return *value;
    refuse("true or false");
}

std::uint64_t Value::number() const {
    if (const auto* value = std::get_if<std::uint64_t>(&node_->content))
        return *value;
    refuse("a whole number that is not negative");
}

std::int64_t Value::integer() const {
    if (const auto* value = std::get_if<std::int64_t>(&node_->content))
        return *value;
    const auto* value = std::get_if<std::uint64_t>(&node_->content);
    if (value == nullptr || *value > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        refuse("a whole number");
    return static_cast<std::int64_t>(*value);
}

std::string Value::file_name() const {
    std::string name = text();
    if (name.empty() || name.size() > longest_file_name || name.front() == '.' ||
        name.find('/') != name.npos || printable(name) != name)
        refuse("the name of a file beside it, got \"" + printable(name.substr(0, most_shown)) +
               "\"");
    return name;
}

std::vector<Value> Value::list() const {
    if (!is_list())
        refuse("a list");
    std::vector<Value> values;
    for (const Node* item : node_->items)
        values.push_back(Value(document_, *item));
    return values;
}

std::vector<std::string> Value::texts() const {
    std::vector<std::string> result;
    for (const Value& value : list())
        result.push_back(value.text());
    return result;
}

std::vector<std::pair<std::string, Value>> Value::members() const {
    if (!is_object())
        refuse("an object");
    std::vector<std::pair<std::string, Value>> result;
    for (const Node* item : node_->items)
        result.emplace_back(item->key, Value(document_, *item));
    return result;
}

// Of members with the same name, the last one counts, as for most readers of JSON.
std::optional<Value> Value::find(std::string_view key) const {
    if (!is_object())
        refuse("an object");
    for (auto item = node_->items.rbegin(); item != node_->items.rend(); ++item)
        if ((*item)->key == key)
            return std::holds_alternative<std::monostate>((*item)->content)
                       ? std::nullopt
                       : std::optional(Value(document_, **item));
    return std::nullopt;
}

Value Value::at(std::string_view key) const {
    if (auto value = find(key))
        return *std::move(value);
    refuse("an object with \"" + std::string(key) + "\"");
}

std::string Value::text_or(std::string_view key, const std::string& otherwise) const {
    const auto value = find(key);
    return value ? value->text() : otherwise;
}

} // namespace selns::json
