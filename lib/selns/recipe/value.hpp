#pragma once

#include "selns/base/diagnostics.hpp"
#include "selns/recipe/form.hpp"
#include "selns/yaml/node.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace selns::recipe {

// What reading a recipe shares. Outlives the Values.
struct Reading {
    Diagnostics& problems;
    // If not null: the keys that were asked for, as "files[].source".
    std::set<std::string>* asked = nullptr;
    // If not null: where the values of maps with fixed keys stand, by dotted path.
    std::map<std::string, Location>* places = nullptr;
};

// A node together with the form that it fits, so that a reader can ask only for what the form has.
// The nodes were checked before: what does not fit its form was reported then and shows here as
// absent.
class Value {
  public:
    // Nothing when NODE does not fit.
    static std::optional<Value> of(const Form& form, const yaml::Node& node, Reading& reading);

    // The value of an object's key. A key that the form does not have is a std::logic_error.
    std::optional<Value> get(std::string_view key) const;
    // Whether an object has the key, be its value right or wrong.
    bool has(std::string_view key) const;
    std::vector<Value> items() const;   // of a list
    std::vector<Value> members() const; // of a map; name() is the key
    bool is_object() const;

    const std::string& text() const { return node_->text; } // of a string
    bool boolean() const;
    std::uint64_t number() const; // of a number, or of a size in bytes

    const std::string& name() const { return name_; } // the key or index that led here
    const Location& at() const { return node_->at; }
    // Adds "PATH: TEXT", with this value's place and path.
    void report(const std::string& text) const;

  private:
    Value(const Form& form, const yaml::Node& node, Reading& reading)
        : form_(&form), node_(&node), reading_(&reading) {}
    std::optional<Value> child(const Form& form, const yaml::Node& node, std::string name,
                               std::string path, std::string asked) const;

    const Form* form_;
    const yaml::Node* node_;
    Reading* reading_;
    std::string name_;
    std::string path_;
    std::string asked_; // the path without indices and map keys
};

} // namespace selns::recipe
