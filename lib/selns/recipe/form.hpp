#pragma once

#include "selns/recipe/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What may stand where in a recipe, as plain data. The checks, the reader and the JSON Schema all
// work from these values; definition.cpp holds the one that describes recipes.
namespace selns::recipe {

struct Form;
using FormPtr = std::shared_ptr<const Form>;

// Characters that a string may have.
enum class Text {
    line,  // no control characters: for names, paths and lines of configuration files
    lines, // the same and tabs and newlines
    any,
};

struct StringForm {
    Text text = Text::line;
    std::size_t min_length = 1; // bytes
    std::size_t max_length = 1000;
    std::vector<std::string> words; // if any: nothing else
    std::shared_ptr<const Pattern> pattern;
    // Says in words what is wrong with a text that fits the pattern; empty when nothing is.
    std::string (*check)(std::string_view) = nullptr;
    bool digits = false; // may be written without quotes although it looks like a number
    bool secret = false; // never shown in a message
};

struct BooleanForm {
    bool only_true = false;
};

struct NumberForm {
    std::uint64_t min = 0, max = 0;
};

// Bytes: a number, or one with a unit K, M, G or T.
struct SizeForm {
    std::uint64_t min = 0, max = 0;
};

struct ListForm {
    FormPtr item;
    std::size_t min_items = 0;
};

// Any keys of one form, to values of one form.
struct MapForm {
    FormPtr key; // a StringForm
    FormPtr value;
};

struct Field {
    std::string key;
    FormPtr form;
    bool required = false;
};

struct ObjectForm {
    std::vector<Field> fields;
    std::vector<std::string> exactly_one; // of these keys must be there

    const Field* find(std::string_view key) const;
    std::vector<std::string> keys() const;
};

// Alternatives, told apart by shape: at most one for scalars, one for lists, one for maps.
struct ChoiceForm {
    std::vector<FormPtr> alternatives;
};

struct Form {
    std::string what;  // completes "expected ..."
    std::string about; // a sentence for editors
    std::variant<StringForm, BooleanForm, NumberForm, SizeForm, ListForm, MapForm, ObjectForm,
                 ChoiceForm>
        rule;
};

// The pattern of a size as a string, shared by the check and the schema.
const Pattern& size_pattern();

// The form of recipes.
const Form& recipe_form();

} // namespace selns::recipe
