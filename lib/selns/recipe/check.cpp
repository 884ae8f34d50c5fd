#include "selns/recipe/check.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/scalar.hpp"
#include "selns/recipe/suggest.hpp"

#include <algorithm>

namespace selns::recipe {

namespace {

using yaml::Kind;
using yaml::Node;

constexpr std::size_t max_problems = 100;

bool is_list(const Form& form) {
    return std::holds_alternative<ListForm>(form.rule);
}
bool is_map(const Form& form) {
    return std::holds_alternative<MapForm>(form.rule) ||
           std::holds_alternative<ObjectForm>(form.rule);
}

bool same_shape(const Form& form, const Node& node) {
    if (node.kind == Kind::sequence)
        return is_list(form);
    if (node.kind == Kind::map)
        return is_map(form);
    return !is_list(form) && !is_map(form);
}

class Checker {
  public:
    explicit Checker(Diagnostics& problems) : problems_(problems) {}

    void check(const Form& choice, const Node& node, const std::string& path) {
        const Form* form = select(choice, node);
        if (form == nullptr || ((is_list(*form) || is_map(*form)) && !same_shape(*form, node))) {
            add(node.at, path, "expected " + choice.what + ", got " + describe(node));
            return;
        }
        std::visit([&](const auto& rule) { check_rule(rule, *form, node, path); }, form->rule);
    }

  private:
    void add(const Location& at, const std::string& path, const std::string& text) {
        if (problems_.size() < max_problems)
            problems_.add(at, about(path, text));
        else if (problems_.size() == max_problems)
            problems_.add({}, "more than " + std::to_string(max_problems) + " problems:");
    }

    template <typename Scalar>
    void check_rule(const Scalar& rule, const Form& form, const Node& node,
                    const std::string& path) {
        if (const std::string text = problem(rule, form.what, node); !text.empty())
            add(node.at, path, text);
    }

    void check_rule(const ListForm& rule, const Form& form, const Node& node,
                    const std::string& path) {
        if (node.items.size() < rule.min_items)
            add(node.at, path, "expected " + form.what + ", got an empty one");
        for (std::size_t i = 0; i < node.items.size(); ++i)
            check(*rule.item, node.items[i], yaml::path_of(path, i));
    }

    void check_rule(const MapForm& rule, const Form&, const Node& node, const std::string& path) {
        const auto& key_rule = std::get<StringForm>(rule.key->rule);
        for (const yaml::Entry& entry : node.entries) {
            Node key;
            key.kind = Kind::string;
            key.text = entry.key;
            if (const std::string text = problem(key_rule, rule.key->what, key); !text.empty())
                add(entry.at, path, text);
            check(*rule.value, entry.value, yaml::path_of(path, entry.key));
        }
    }

    void check_rule(const ObjectForm& rule, const Form&, const Node& node,
                    const std::string& path) {
        for (const yaml::Entry& entry : node.entries) {
            if (const Field* field = rule.find(entry.key))
                check(*field->form, entry.value, yaml::path_of(path, entry.key));
            else
                add_unknown(rule, entry, path);
        }
        add_missing(rule, node, path);
        check_exactly_one(rule, node, path);
    }

    void check_rule(const ChoiceForm&, const Form&, const Node&, const std::string&) {}

    // Where there is only one key, another one was reported as unknown, and that says it all.
    void add_missing(const ObjectForm& rule, const Node& node, const std::string& path) {
        if (rule.fields.size() == 1 && !node.entries.empty())
            return;
        for (const Field& field : rule.fields)
            if (field.required && node.find(field.key) == nullptr)
                add(node.at, yaml::path_of(path, field.key),
                    "missing; expected " + field.form->what);
    }

    void add_unknown(const ObjectForm& rule, const yaml::Entry& entry, const std::string& path) {
        if (problems_.size() > max_problems)
            return;
        const std::string meant = suggest(entry.key, rule.keys());
        add(entry.at, yaml::path_of(path, entry.key.substr(0, 200)),
            "unknown key" + (meant.empty() ? "; expected " + either(rule.keys()) : meant));
    }

    void check_exactly_one(const ObjectForm& rule, const Node& node, const std::string& path) {
        if (rule.exactly_one.empty())
            return;
        const auto given =
            std::count_if(rule.exactly_one.begin(), rule.exactly_one.end(),
                          [&](const auto& key) { return node.find(key) != nullptr; });
        // One that was reported as unknown may be meant.
        const bool unknown =
            std::any_of(node.entries.begin(), node.entries.end(),
                        [&](const auto& entry) { return rule.find(entry.key) == nullptr; });
        if (given != 1 && !(given == 0 && unknown))
            add(node.at, path,
                "expected exactly one of " + either(rule.exactly_one) + ", got " +
                    (given == 0 ? "none" : std::to_string(given)));
    }

    Diagnostics& problems_;
};

} // namespace

const Form* select(const Form& form, const Node& node) {
    const auto* choice = std::get_if<ChoiceForm>(&form.rule);
    if (choice == nullptr)
        return &form;
    for (const FormPtr& alternative : choice->alternatives)
        if (node.kind != Kind::null && same_shape(*alternative, node))
            return alternative.get();
    return nullptr;
}

bool fits(const Form& choice, const Node& node) {
    const Form* form = select(choice, node);
    if (form == nullptr || !same_shape(*form, node))
        return false;
    if (is_list(*form) || is_map(*form))
        return true;
    Diagnostics problems;
    check(*form, node, "", problems);
    return problems.empty();
}

void check(const Form& form, const Node& node, const std::string& path, Diagnostics& problems) {
    Checker(problems).check(form, node, path);
}

std::string about(const std::string& path, const std::string& text) {
    return path.empty() ? text : path + ": " + text;
}

} // namespace selns::recipe
