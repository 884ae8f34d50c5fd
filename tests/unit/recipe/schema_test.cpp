#include "recipe/support.hpp"
#include "selns/recipe/check.hpp"
#include "selns/recipe/read.hpp"
#include "selns/recipe/value.hpp"
#include "selns/yaml/parse.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <regex>
#include <set>

using nlohmann::json;
using selns::recipe::Form;
using selns::recipe::ObjectForm;
using selns::recipe::recipe_form;
using selns::yaml::Kind;
using selns::yaml::Node;

namespace {

// Every key below FORM, as "files[].source".
void collect(const Form& form, const std::string& path, std::set<std::string>& keys) {
    if (const auto* object = std::get_if<ObjectForm>(&form.rule)) {
        for (const auto& field : object->fields) {
            const std::string key = selns::yaml::path_of(path, field.key);
            keys.insert(key);
            collect(*field.form, key, keys);
        }
    } else if (const auto* list = std::get_if<selns::recipe::ListForm>(&form.rule)) {
        collect(*list->item, path + "[]", keys);
    } else if (const auto* map = std::get_if<selns::recipe::MapForm>(&form.rule)) {
        collect(*map->value, path + "{}", keys);
    } else if (const auto* choice = std::get_if<selns::recipe::ChoiceForm>(&form.rule)) {
        for (const auto& alternative : choice->alternatives)
            collect(*alternative, path, keys);
    }
}

// The same of a JSON Schema.
void collect(const json& schema, const std::string& path, std::set<std::string>& keys) {
    if (schema.contains("properties"))
        for (const auto& [key, value] : schema["properties"].items()) {
            const std::string below = selns::yaml::path_of(path, key);
            keys.insert(below);
            collect(value, below, keys);
        }
    if (schema.contains("items"))
        collect(schema["items"], path + "[]", keys);
    if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
        collect(schema["additionalProperties"], path + "{}", keys);
    if (schema.contains("anyOf"))
        for (const json& alternative : schema["anyOf"])
            collect(alternative, path, keys);
}

// What an editor's YAML reader makes of a node.
json to_json(const Node& node) {
    switch (node.kind) {
    case Kind::null:
        return nullptr;
    case Kind::boolean:
        return node.text.front() == 't' || node.text.front() == 'T';
    case Kind::integer:
        return std::strtoll(node.text.c_str(), nullptr, 0);
    case Kind::real:
        return std::strtod(node.text.c_str(), nullptr);
    case Kind::string:
        return node.text;
    case Kind::sequence: {
        json list = json::array();
        for (const Node& item : node.items)
            list.push_back(to_json(item));
        return list;
    }
    case Kind::map: {
        json map = json::object();
        for (const auto& entry : node.entries)
            map[entry.key] = to_json(entry.value);
        return map;
    }
    }
    return nullptr;
}

bool has_type(const std::string& type, const json& value) {
    return (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
           (type == "integer" && value.is_number_integer()) ||
           (type == "array" && value.is_array()) || (type == "object" && value.is_object());
}

bool accepts(const json& schema, const json& value);

bool accepts_type(const json& type, const json& value) {
    if (type.is_string())
        return has_type(type, value);
    return std::any_of(type.begin(), type.end(), [&](const json& t) { return has_type(t, value); });
}

bool fits_pattern(const std::string& pattern, const std::string& text) {
    static std::map<std::string, std::regex> compiled;
    const auto found = compiled.try_emplace(pattern, pattern).first;
    return std::regex_search(text, found->second);
}

bool accepts_string(const json& schema, const std::string& text) {
    const auto points =
        static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
            return (static_cast<unsigned>(c) & 0xc0U) != 0x80;
        }));
    if (schema.contains("minLength") && points < schema["minLength"].get<std::size_t>())
        return false;
    if (schema.contains("maxLength") && points > schema["maxLength"].get<std::size_t>())
        return false;
    // Patterns for any length are only about control characters; std::regex would recurse on them.
    return !schema.contains("pattern") || text.size() > 1000 ||
           fits_pattern(schema["pattern"], text);
}

bool accepts_object(const json& schema, const json& value) {
    const json required = schema.value("required", json::array());
    for (const json& key : required)
        if (!value.contains(key.get<std::string>()))
            return false;
    const json properties = schema.value("properties", json::object());
    const json patterns = schema.value("patternProperties", json::object());
    const auto is_replacement = [&](const std::string& key) {
        for (const auto& [pattern, ignored] : patterns.items())
            if (fits_pattern(pattern, key))
                return true;
        return false;
    };
    for (const auto& [key, member] : value.items()) {
        if (is_replacement(key))
            continue; // with any value
        const json other = schema.value("additionalProperties", json(true));
        const bool known = properties.contains(key);
        if (schema.contains("propertyNames") && !accepts(schema["propertyNames"], key))
            return false;
        if (known                ? !accepts(properties[key], member)
            : other.is_boolean() ? !other.get<bool>()
                                 : !accepts(other, member))
            return false;
    }
    return true;
}

// The part of JSON Schema that json_schema() uses; a word that it does not know fails the test.
bool accepts(const json& schema, const json& value) {
    static const std::set<std::string> known{"$schema",
                                             "title",
                                             "description",
                                             "type",
                                             "enum",
                                             "const",
                                             "minLength",
                                             "pattern",
                                             "maxLength",
                                             "minimum",
                                             "maximum",
                                             "items",
                                             "minItems",
                                             "anyOf",
                                             "oneOf",
                                             "required",
                                             "propertyNames",
                                             "properties",
                                             "patternProperties",
                                             "additionalProperties"};
    for (const auto& [word, ignored] : schema.items())
        if (known.count(word) == 0)
            FAIL("the schema has " << word);
    const auto matches = [&](const json& alternative) { return accepts(alternative, value); };
    if (schema.contains("anyOf") &&
        std::none_of(schema["anyOf"].begin(), schema["anyOf"].end(), matches))
        return false;
    if (schema.contains("oneOf") &&
        std::count_if(schema["oneOf"].begin(), schema["oneOf"].end(), matches) != 1)
        return false;
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
        return false;
    if (schema.contains("const") && schema["const"] != value)
        return false;
    if (schema.contains("type") && !accepts_type(schema["type"], value))
        return false;
    if (value.is_number() && schema.contains("minimum") &&
        (value < schema["minimum"] || (schema.contains("maximum") && value > schema["maximum"])))
        return false;
    if (value.is_string() && !accepts_string(schema, value))
        return false;
    if (value.is_array() && value.size() < schema.value("minItems", std::size_t{0}))
        return false;
    if (value.is_array() && schema.contains("items") &&
        !std::all_of(value.begin(), value.end(),
                     [&](const json& item) { return accepts(schema["items"], item); }))
        return false;
    return !value.is_object() || accepts_object(schema, value);
}

Node node_of(const std::string& text) {
    selns::Diagnostics ignored;
    return selns::yaml::parse(text, "a.yaml", ignored);
}

bool form_accepts(const Node& node) {
    selns::Diagnostics problems;
    selns::recipe::check(recipe_form(), node, "", problems);
    return problems.empty();
}

// All values below NODE.
void gather(Node& node, std::vector<Node*>& nodes) {
    nodes.push_back(&node);
    for (Node& item : node.items)
        gather(item, nodes);
    for (auto& entry : node.entries)
        gather(entry.value, nodes);
}

void check_titles(const json& part, const std::string& path) {
    CAPTURE(path);
    CHECK(part.contains("title"));
    if (part.contains("properties"))
        for (const auto& [key, value] : part["properties"].items()) {
            CAPTURE(key);
            CHECK_FALSE(value.value("description", "").empty());
            check_titles(value, path + "." + key);
        }
    if (part.contains("items"))
        check_titles(part["items"], path + "[]");
    if (part.contains("anyOf"))
        for (const json& alternative : part["anyOf"])
            check_titles(alternative, path);
}

const json& schema() {
    static const json parsed = json::parse(selns::recipe::json_schema());
    return parsed;
}

std::string full_recipe(const selns::test::TempDir& dir) {
    return selns::test::read_text(selns::test::write_full_recipe(dir.path()));
}

} // namespace

TEST_CASE("the schema is JSON, with the keys of the form") {
    std::set<std::string> of_form;
    std::set<std::string> of_schema;
    collect(recipe_form(), "", of_form);
    collect(schema(), "", of_schema);
    CHECK(of_form.size() > 40);
    CHECK(of_form == of_schema);
    CHECK(schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    CHECK(selns::test::compare_golden("unit/recipe/golden/schema.json",
                                      selns::recipe::json_schema()) == "");
}

TEST_CASE("editors get a title and a description for every key") {
    check_titles(schema(), "");
}

// The keys of the form that reading TEXT, a recipe in FOLDER, asks for.
std::set<std::string> asked_for(const std::string& text, const std::filesystem::path& folder) {
    const Node root = node_of(text);
    std::set<std::string> asked;
    selns::Diagnostics problems;
    selns::recipe::Reading reading{problems, &asked};
    selns::recipe::read(selns::recipe::Value::of(recipe_form(), root, reading).value(),
                        folder / "full.yaml");
    CHECK(problems.items().empty());
    return asked;
}

TEST_CASE("the reader asks for every key of the form") {
    const selns::test::TempDir dir;
    std::string text = full_recipe(dir);
    text.replace(text.find("hash: $6$salt$hash"), 18, "empty: true");
    std::set<std::string> asked = asked_for(text, dir.path());
    for (const std::string& source : selns::test::sources)
        asked.merge(asked_for("name: web\nfrom: " + source + "\n", dir.path()));

    std::set<std::string> keys;
    collect(recipe_form(), "", keys);
    CHECK(asked == keys);
}

TEST_CASE("asking for a key that the form lacks is a mistake in the program") {
    const Node root = node_of(selns::test::least);
    selns::Diagnostics problems;
    selns::recipe::Reading reading{problems};
    const auto value = selns::recipe::Value::of(recipe_form(), root, reading);
    CHECK_THROWS_AS(value->get("nme"), std::logic_error);
}

TEST_CASE("the schema accepts recipes that parse") {
    const selns::test::TempDir dir;
    const std::string full = full_recipe(dir);
    const std::string least = selns::test::least;
    for (const std::string& text :
         {full, least, least + "include: [base.yaml]\n",
          "name: web\nfrom: " + selns::test::sources.back() + "\n",
          least + "selinux: { label: off }\nimages: [ext4]\n",
          least + "root_password: { empty: true }\nlaunch: {}\n",
          least + "files: [{ target: /x, content: \"\", mode: \"04755\" }]\n"}) {
        CAPTURE(text);
        CHECK(form_accepts(node_of(text)));
        CHECK(accepts(schema(), to_json(node_of(text))));
    }
}

// Damages a good recipe's values one or two at a time. Sizes with a unit have bounds that JSON
// Schema cannot tell, and contexts a shape that only the program checks: in all else both agree.
TEST_CASE("form and schema refuse the same") {
    const selns::test::TempDir dir;
    const Node good = node_of(full_recipe(dir));
    std::vector<Node> values;
    for (const char* text : {"x",
                             "\"\"",
                             "~",
                             "true",
                             "false",
                             "3",
                             "-1",
                             "\"8\"",
                             "1.5",
                             "[]",
                             "{}",
                             "[x]",
                             "{x: y}",
                             "\"a\\nb\"",
                             "/x",
                             "../x",
                             "a.cil",
                             "tar",
                             "warn",
                             "main",
                             "\"a b c d\"",
                             "{empty: true}",
                             "{target: /x, content: y}",
                             "{target: /x}",
                             "\"-x\"",
                             "{ext4: {}}"})
        values.push_back(node_of(text));
    std::mt19937 random(7);
    std::size_t accepted = 0;
    for (int round = 0; round < 300; ++round) {
        Node damaged = good;
        std::vector<Node*> nodes;
        gather(damaged, nodes);
        *nodes[random() % nodes.size()] = values[random() % values.size()];
        const bool ok = form_accepts(damaged);
        accepted += ok ? 1U : 0U;
        const bool schema_ok = accepts(schema(), to_json(damaged));
        if (ok != schema_ok)
            FAIL_CHECK("form says " << ok << ", schema says " << schema_ok << ": "
                                    << to_json(damaged).dump());
    }
    CHECK(accepted > 10);
    CHECK(accepted < 290);
}
