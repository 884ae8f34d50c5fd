#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/policy/neverallow.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace selns::policy {

namespace {

using selinux::CilNode;
using TypeBits = std::vector<bool>; // by place in the sorted list of all types

constexpr std::string_view requirement = "cil_gen_require";
constexpr int deepest = 64; // of attributes that are made of attributes

constexpr std::size_t longest_words = 200;

// The names of NODE, which may be a list of lists of them.
std::vector<std::string> names_in(const CilNode& node) {
    std::vector<std::string> names;
    selinux::visit_cil({node}, [&](const CilNode& each) {
        if (!each.is_list() && each.text != "or")
            names.push_back(each.text);
        return true;
    });
    return names;
}

bool are_plain(const std::vector<std::string>& names) {
    return std::ranges::none_of(names, [](const std::string& name) {
        return name == "and" || name == "not" || name == "xor" || name == "all";
    });
}

// A set of types as the language of policy sources has it: "{ domain -a_t -b_t }", "~{ a_t }". CIL,
// as IN has it, where there is no such form; a long one is cut.
std::string expression_in_words(const CilNode& node, std::string_view in) {
    std::string text;
    if (node.keyword() == "all" && node.items.size() == 1)
        text = "*";
    else if (node.keyword() == "not" && node.items.size() == 2 &&
             are_plain(names_in(node.items[1])))
        text = "~{ " + join(names_in(node.items[1]), " ") + " }";
    else if (node.keyword() == "and" && node.items.size() == 3 &&
             node.items[2].keyword() == "not" && node.items[2].items.size() == 2 &&
             are_plain(names_in(node.items[1])) && are_plain(names_in(node.items[2].items[1])))
        text = "{ " + join(names_in(node.items[1]), " ") + " -" +
               join(names_in(node.items[2].items[1]), " -") + " }";
    else if (are_plain(names_in(node)))
        text = "{ " + join(names_in(node), " ") + " }";
    else
        text = std::string(in.substr(node.begin, node.end - node.begin));
    return text.size() <= longest_words ? text : text.substr(0, longest_words) + "...";
}

class Collector {
  public:
    Collector(const std::vector<ModuleText>& modules, const selinux::PolicyDb& policy)
        : modules_(modules), policy_(policy), types_(policy.types()) {}

    std::string run() {
        for (const ModuleText& module : modules_)
            if (module.cil.find("(neverallow") != std::string::npos)
                for_each(selinux::parse_cil(module.cil, module.name), [&](const CilNode& node) {
                    if (node.keyword().starts_with("neverallow"))
                        rule(module.name, node, module.cil);
                });
        std::string text;
        for (const auto& [name, bits] : sets_)
            text += set_text(name, bits);
        return text + rules_;
    }

  private:
    // Visits the statements that take effect: those of blocks, and of optionals whose requirements
    // are met.
    void for_each(const std::vector<CilNode>& statements, const auto& visit) {
        selinux::visit_cil(statements, [&](const CilNode& node) {
            if (node.is_list())
                visit(node);
            return node.keyword() == "block" ||
                   (node.keyword() == "optional" && requirements_met(node));
        });
    }

    bool requirements_met(const CilNode& optional) {
        return std::ranges::all_of(optional.items, [&](const CilNode& node) {
            if (node.keyword() != "typeattributeset" || node.items.size() != 3 ||
                node.items[1].text != requirement)
                return true;
            const CilNode& name = node.items[2].is_list() && node.items[2].items.size() == 1
                                      ? node.items[2].items[0]
                                      : node.items[2];
            return name.is_list() || exists(name.text);
        });
    }

    bool exists(const std::string& name) {
        if (policy_.has_type(name) || policy_.has_attribute(name))
            return true;
        const auto [known, added] = declared_.try_emplace(name, false);
        if (added)
            known->second = std::ranges::any_of(modules_, [&](const ModuleText& module) {
                return module.cil.find("(typeattribute " + name + ")") != std::string::npos;
            });
        return known->second;
    }

    void rule(const std::string& module, const CilNode& node, std::string_view text) {
        const auto permissions = node.keyword() == "neverallow" && node.items.size() == 4
                                     ? permissions_of(node.items[3])
                                     : std::nullopt;
        if (!permissions || node.items[1].is_list() || node.items[2].is_list()) {
            rules_ += ";? " + module + ": " +
                      printable(text.substr(node.begin,
                                            std::min<std::size_t>(node.end - node.begin, 200))) +
                      "\n";
            return;
        }
        for (const std::size_t side : {std::size_t{1}, std::size_t{2}})
            need(node.items[side].text);
        rules_ += "(neverallow " + node.items[1].text + " " + node.items[2].text + " (" +
                  node.items[3].items[0].text + " (" + join(*permissions, " ") + ")) " +
                  quoted(module) + " " + std::to_string(node.line) + " " +
                  quoted(words_of(node.items[1].text)) + " " +
                  quoted(words_of(node.items[2].text)) + ")\n";
    }

    // Of "(file (read write))", "(file (all))" and "(file (not (read)))".
    std::optional<std::vector<std::string>> permissions_of(const CilNode& node) {
        if (node.items.size() != 2 || node.items[0].is_list() || !node.items[1].is_list())
            return {};
        const std::vector<CilNode>& items = node.items[1].items;
        const auto all = policy_.permissions(node.items[0].text);
        if (node.items[1].keyword() == "all" && items.size() == 1)
            return all;
        if (node.items[1].keyword() == "not" && items.size() == 2) {
            std::vector<std::string> rest;
            std::ranges::copy_if(all, std::back_inserter(rest), [&](const std::string& name) {
                return items[1].text != name &&
                       std::ranges::none_of(items[1].items,
                                            [&](const CilNode& item) { return item.text == name; });
            });
            return rest;
        }
        std::vector<std::string> names;
        for (const CilNode& item : items) {
            // What is no permission of a class may be a class map's.
            if (item.is_list() || !policy_.has_permission(node.items[0].text, item.text))
                return {};
            names.push_back(item.text);
        }
        return names;
    }

    // Strings of CIL have no way to say a quote.
    static std::string quoted(std::string text) {
        std::erase_if(text, [](char c) { return c == '"' || c < ' ' || c > '~'; });
        return '"' + text + '"';
    }

    // What an attribute that a compiler has named is made of; empty for others.
    std::string words_of(const std::string& name) {
        constexpr std::string_view mark = "typeattr_"; // base_typeattr_12
        if (name.find(mark) == std::string::npos)
            return {};
        if (const auto known = words_.find(name); known != words_.end())
            return known->second;
        std::string& words = words_[name];
        for (const ModuleText& module : modules_)
            if (module.cil.find("(typeattributeset " + name + " ") != std::string::npos)
                for_each(statements_of(module), [&](const CilNode& node) {
                    if (node.keyword() == "typeattributeset" && node.items.size() == 3 &&
                        node.items[1].text == name && words.empty())
                        words = expression_in_words(node.items[2], module.cil);
                });
        return words;
    }

    void need(const std::string& name) {
        if (name != "self" && !policy_.has_type(name) && !sets_.contains(name))
            sets_.emplace(name, members(name, 0));
    }

    TypeBits members(const std::string& name, int depth) {
        if (const auto known = sets_.find(name); known != sets_.end())
            return known->second;
        TypeBits bits(types_.size(), false);
        if (const auto type = policy_.type_of(name)) {
            set(bits, *type);
        } else if (policy_.has_attribute(name)) {
            for (const std::string& member : policy_.attribute_members(name))
                set(bits, member);
        } else if (depth < deepest) {
            // Several modules may add to one attribute.
            for (const ModuleText& module : modules_)
                add_from(module, name, bits, depth);
        }
        return bits;
    }

    void add_from(const ModuleText& module, const std::string& name, TypeBits& bits, int depth) {
        if (module.cil.find("(typeattributeset " + name + " ") == std::string::npos)
            return;
        for_each(statements_of(module), [&](const CilNode& node) {
            if (node.keyword() == "typeattributeset" && node.items.size() == 3 &&
                node.items[1].text == name)
                merge(bits, evaluate(node.items[2], depth + 1));
        });
    }

    const std::vector<CilNode>& statements_of(const ModuleText& module) {
        auto& statements = parsed_[&module];
        if (statements.empty())
            statements = selinux::parse_cil(module.cil, module.name);
        return statements;
    }

    TypeBits evaluate(const CilNode& node, int depth) {
        if (!node.is_list())
            return members(node.text, depth);
        const std::string_view word = node.keyword();
        if (word == "all" && node.items.size() == 1)
            return TypeBits(types_.size(), true);
        if (word == "not" && node.items.size() == 2) {
            TypeBits bits = evaluate(node.items[1], depth);
            bits.flip();
            return bits;
        }
        if ((word == "and" || word == "xor") && node.items.size() == 3) {
            TypeBits bits = evaluate(node.items[1], depth);
            const TypeBits other = evaluate(node.items[2], depth);
            for (std::size_t i = 0; i < bits.size(); ++i)
                bits[i] = word == "and" ? bits[i] && other[i] : bits[i] != other[i];
            return bits;
        }
        TypeBits bits(types_.size(), false); // "or", or a list of names
        for (std::size_t i = word == "or" ? 1 : 0; i < node.items.size(); ++i)
            merge(bits, evaluate(node.items[i], depth));
        return bits;
    }

    static void merge(TypeBits& bits, const TypeBits& other) {
        for (std::size_t i = 0; i < bits.size(); ++i)
            bits[i] = bits[i] || other[i];
    }

    void set(TypeBits& bits, const std::string& type) const {
        const auto at = std::ranges::lower_bound(types_, type);
        if (at != types_.end() && *at == type)
            bits[static_cast<std::size_t>(at - types_.begin())] = true;
    }

    // The shorter of the set and its complement.
    std::string set_text(const std::string& name, const TypeBits& bits) const {
        const auto count = static_cast<std::size_t>(std::ranges::count(bits, true));
        const bool complement = count > bits.size() / 2;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < bits.size(); ++i)
            if (bits[i] != complement)
                names.push_back(types_[i]);
        const std::string list = "(" + join(names, " ") + ")";
        return "(typeattributeset " + name + " " + (complement ? "(not " + list + ")" : list) +
               ")\n";
    }

    const std::vector<ModuleText>& modules_;
    const selinux::PolicyDb& policy_;
    std::vector<std::string> types_;
    std::map<std::string, TypeBits> sets_;
    std::map<std::string, bool> declared_;
    std::map<std::string, std::string> words_;
    std::map<const ModuleText*, std::vector<CilNode>> parsed_;
    std::string rules_;
};

} // namespace

std::string collect_neverallows(const std::vector<ModuleText>& modules,
                                const selinux::PolicyDb& policy) {
    return Collector(modules, policy).run();
}

} // namespace selns::policy
