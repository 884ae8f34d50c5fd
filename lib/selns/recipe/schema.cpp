#include "selns/recipe/form.hpp"
#include "selns/recipe/recipe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace selns::recipe {

namespace {

using Json = nlohmann::ordered_json;

Json schema_of(const Form& form);

// The characters that a Text allows, for those without a pattern of their own.
const char* pattern_of(Text text) {
    switch (text) {
    case Text::line:
        return "^[^\\x00-\\x1f\\x7f]*$";
    case Text::lines:
        return "^[^\\x00-\\x08\\x0b-\\x1f\\x7f]*$";
    case Text::any:
        return nullptr;
    }
    return nullptr;
}

void describe(const StringForm& rule, Json& json) {
    if (!rule.words.empty()) {
        json["enum"] = rule.words;
        return;
    }
    json["type"] = "string";
    if (rule.digits) {
        json["type"] = {"string", "integer"};
        json["minimum"] = 0;
    }
    if (rule.min_length > 0)
        json["minLength"] = rule.min_length;
    json["maxLength"] = rule.max_length;
    if (rule.pattern)
        json["pattern"] = rule.pattern->source();
    else if (const char* pattern = pattern_of(rule.text))
        json["pattern"] = pattern;
}

void describe(const BooleanForm& rule, Json& json) {
    if (rule.only_true)
        json["const"] = true;
    else
        json["type"] = "boolean";
}

void describe(const NumberForm& rule, Json& json) {
    json["type"] = "integer";
    json["minimum"] = rule.min;
    json["maximum"] = rule.max;
}

// With a unit it is a string; bounds of those cannot be told in JSON Schema.
void describe(const SizeForm& rule, Json& json) {
    json["type"] = {"integer", "string"};
    json["minimum"] = rule.min;
    json["maximum"] = rule.max;
    json["pattern"] = size_pattern().source();
}

void describe(const ListForm& rule, Json& json) {
    json["type"] = "array";
    json["items"] = schema_of(*rule.item);
    if (rule.min_items > 0)
        json["minItems"] = rule.min_items;
}

void describe(const MapForm& rule, Json& json) {
    json["type"] = "object";
    json["propertyNames"] = schema_of(*rule.key);
    json["additionalProperties"] = schema_of(*rule.value);
}

bool is_collection(const Form& form) {
    if (const auto* choice = std::get_if<ChoiceForm>(&form.rule))
        return std::ranges::any_of(choice->alternatives,
                                   [](const FormPtr& each) { return is_collection(*each); });
    return std::holds_alternative<ListForm>(form.rule) ||
           std::holds_alternative<MapForm>(form.rule) ||
           std::holds_alternative<ObjectForm>(form.rule);
}

// "images!", for what would be merged with that of included recipes.
void describe_replacements(const ObjectForm& rule, Json& json) {
    std::string keys;
    for (const Field& field : rule.fields)
        if (field.key != "include" && is_collection(*field.form))
            keys += (keys.empty() ? "" : "|") + field.key;
    if (!keys.empty())
        json["patternProperties"]["^(" + keys + ")!$"] = {
            {"title", "a value that replaces what included recipes say"}};
}

void describe(const ObjectForm& rule, Json& json) {
    json["type"] = "object";
    for (const Field& field : rule.fields) {
        json["properties"][field.key] = schema_of(*field.form);
        if (field.required)
            json["required"].push_back(field.key);
    }
    for (const std::string& key : rule.exactly_one)
        json["oneOf"].push_back({{"required", {key}}});
    describe_replacements(rule, json);
    json["additionalProperties"] = false;
}

void describe(const ChoiceForm& rule, Json& json) {
    for (const FormPtr& alternative : rule.alternatives)
        json["anyOf"].push_back(schema_of(*alternative));
}

Json schema_of(const Form& form) {
    Json json = Json::object();
    json["title"] = form.what;
    if (!form.about.empty())
        json["description"] = form.about;
    std::visit([&](const auto& rule) { describe(rule, json); }, form.rule);
    return json;
}

} // namespace

std::string json_schema() {
    Json schema = Json::object();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema.update(schema_of(recipe_form()));
    return schema.dump(2) + "\n";
}

} // namespace selns::recipe
