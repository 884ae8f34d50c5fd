#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// JSON documents that others wrote, or that may be damaged: read with bounds, and each value by the
// type that it must have. What is not as expected is an invalid_input Error with the file and the
// value's place in it ("images[2].file").
namespace selns::json {

struct Limits {
    std::uint64_t bytes = 16U << 20U;
    std::size_t depth = 32;       // lists and objects in each other
    std::size_t values = 500'000; // of all kinds; about 200 bytes of memory each
};

struct Document;
struct Node;

class Value {
  public:
    bool is_null() const;
    bool is_text() const;
    bool is_list() const;
    bool is_object() const;

    std::string text() const;
    bool boolean() const;
    std::uint64_t number() const; // whole and not negative
    std::int64_t integer() const; // whole
    // A text that names something directly in a directory: no slash, no "..", nothing hidden.
    std::string file_name() const;
    std::vector<Value> list() const;
    std::vector<std::string> texts() const; // a list of them
    std::vector<std::pair<std::string, Value>> members() const;

    Value at(std::string_view key) const;
    // Nothing when the object has no such member, or one that is null.
    std::optional<Value> find(std::string_view key) const;
    std::string text_or(std::string_view key, const std::string& otherwise) const;

    // Throws the Error that says that this value is not EXPECTED.
    [[noreturn]] void refuse(const std::string& expected) const;

  private:
    friend Value parse(std::string_view text, const std::string& file, const Limits& limits);
    Value(std::shared_ptr<const Document> document, const Node& node)
        : document_(std::move(document)), node_(&node) {}
    std::string place() const;

    std::shared_ptr<const Document> document_;
    const Node* node_;
};

// The value of the document TEXT; errors call it FILE, or name only the place when that is empty.
Value parse(std::string_view text, const std::string& file, const Limits& limits = {});

} // namespace selns::json
