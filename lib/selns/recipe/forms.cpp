#include "selns/recipe/forms.hpp"

#include "selns/base/text.hpp"

#include <utility>

namespace selns::recipe::forms {

FormPtr form(std::string what, std::string about, decltype(Form::rule) rule) {
    return std::make_shared<const Form>(Form{std::move(what), std::move(about), std::move(rule)});
}

FormPtr text(std::string what, std::string about, std::string pattern, std::size_t max_length,
             StringForm rule) {
    rule.max_length = max_length;
    if (!pattern.empty())
        rule.pattern = std::make_shared<const Pattern>(std::move(pattern));
    return form(std::move(what), std::move(about), std::move(rule));
}

FormPtr words(std::string about, std::vector<std::string> words) {
    std::string what = either(words);
    StringForm rule;
    rule.words = std::move(words);
    return form(std::move(what), std::move(about), std::move(rule));
}

FormPtr number(std::string about, std::uint64_t min, std::uint64_t max) {
    return form("a number from " + std::to_string(min) + " to " + std::to_string(max),
                std::move(about), NumberForm{min, max});
}

FormPtr size(std::string about, std::uint64_t min, std::uint64_t max) {
    return form("a size such as 512M or 2G, from " + human_size(min) + " to " + human_size(max),
                std::move(about), SizeForm{min, max});
}

FormPtr list(std::string what, std::string about, FormPtr item, std::size_t min_items) {
    return form(std::move(what), std::move(about), ListForm{std::move(item), min_items});
}

FormPtr object(std::string what, std::string about, std::vector<Field> fields,
               std::vector<std::string> exactly_one) {
    return form(std::move(what), std::move(about),
                ObjectForm{std::move(fields), std::move(exactly_one)});
}

FormPtr choice(std::string what, std::string about, std::vector<FormPtr> alternatives) {
    return form(std::move(what), std::move(about), ChoiceForm{std::move(alternatives)});
}

Field required(std::string key, FormPtr form) {
    return {std::move(key), std::move(form), true};
}
Field optional(std::string key, FormPtr form) {
    return {std::move(key), std::move(form), false};
}

} // namespace selns::recipe::forms
