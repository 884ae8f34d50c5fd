#include "selns/recipe/value.hpp"

#include "selns/recipe/check.hpp"
#include "selns/recipe/scalar.hpp"

#include <stdexcept>
#include <utility>

namespace selns::recipe {

std::optional<Value> Value::of(const Form& form, const yaml::Node& node, Reading& reading) {
    if (!fits(form, node))
        return std::nullopt;
    return Value(*select(form, node), node, reading);
}

std::optional<Value> Value::child(const Form& form, const yaml::Node& node, std::string name,
                                  std::string path, std::string asked) const {
    auto value = of(form, node, *reading_);
    if (value) {
        value->name_ = std::move(name);
        value->path_ = std::move(path);
        value->asked_ = std::move(asked);
    }
    return value;
}

std::optional<Value> Value::get(std::string_view key) const {
    const Field* field = std::get<ObjectForm>(form_->rule).find(key);
    if (field == nullptr)
        throw std::logic_error("recipe reader: no key " + std::string(key) + " in the form");
    std::string asked = yaml::path_of(asked_, key);
    if (reading_->asked != nullptr)
        reading_->asked->insert(asked);
    const yaml::Entry* entry = node_->find(key);
    if (entry == nullptr)
        return std::nullopt;
    std::string path = yaml::path_of(path_, key);
    if (reading_->places != nullptr)
        reading_->places->emplace(path, entry->value.at);
    return child(*field->form, entry->value, field->key, std::move(path), std::move(asked));
}

bool Value::has(std::string_view key) const {
    return node_->find(key) != nullptr;
}

std::vector<Value> Value::items() const {
    const Form& item = *std::get<ListForm>(form_->rule).item;
    std::vector<Value> values;
    for (std::size_t i = 0; i < node_->items.size(); ++i)
        if (auto value = child(item, node_->items[i], std::to_string(i), yaml::path_of(path_, i),
                               asked_ + "[]"))
            values.push_back(std::move(*value));
    return values;
}

std::vector<Value> Value::members() const {
    const Form& member = *std::get<MapForm>(form_->rule).value;
    std::vector<Value> values;
    for (const yaml::Entry& entry : node_->entries)
        if (auto value = child(member, entry.value, entry.key, yaml::path_of(path_, entry.key),
                               asked_ + "{}"))
            values.push_back(std::move(*value));
    return values;
}

bool Value::is_object() const {
    return std::holds_alternative<ObjectForm>(form_->rule);
}

bool Value::boolean() const {
    return is_true(*node_);
}

std::uint64_t Value::number() const {
    const auto value =
        std::holds_alternative<SizeForm>(form_->rule) ? size_of(*node_) : number_of(*node_);
    return value.value_or(0);
}

void Value::report(const std::string& text) const {
    reading_->problems.add(node_->at, about(path_, text));
}

} // namespace selns::recipe
