#pragma once

#include "selns/recipe/form.hpp"

// Short names for making forms; WHAT and ABOUT are those of Form.
namespace selns::recipe::forms {

FormPtr form(std::string what, std::string about, decltype(Form::rule) rule);
// PATTERN may be empty: none.
FormPtr text(std::string what, std::string about, std::string pattern, std::size_t max_length,
             StringForm rule = {});
FormPtr words(std::string about, std::vector<std::string> words);
FormPtr number(std::string about, std::uint64_t min, std::uint64_t max);
FormPtr size(std::string about, std::uint64_t min, std::uint64_t max);
FormPtr list(std::string what, std::string about, FormPtr item, std::size_t min_items = 0);
FormPtr object(std::string what, std::string about, std::vector<Field> fields,
               std::vector<std::string> exactly_one = {});
FormPtr choice(std::string what, std::string about, std::vector<FormPtr> alternatives);

Field required(std::string key, FormPtr form);
Field optional(std::string key, FormPtr form);

} // namespace selns::recipe::forms
