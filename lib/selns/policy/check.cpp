#include "selns/policy/check.hpp"

#include "selns/base/text.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace selns::policy {

namespace {

using selinux::CilNode;
using Kind = UnknownName::Kind;

// What the modules of one commit declare themselves, whatever the depth.
struct Declared {
    std::set<std::string, std::less<>> types;
    std::set<std::string, std::less<>> classes;
    std::set<std::string, std::less<>> booleans;
    bool blocks = false; // names may then be qualified in ways that only the compiler resolves
};

void collect(const std::vector<CilNode>& statements, Declared& declared) {
    for (const CilNode& statement : statements) {
        if (!statement.is_list())
            continue;
        const std::string_view keyword = statement.keyword();
        const bool named = statement.items.size() > 1 && !statement.items[1].is_list();
        const std::string name = named ? statement.items[1].text : std::string();
        if (keyword == "type" || keyword == "typeattribute" || keyword == "typealias")
            declared.types.insert(name);
        else if (keyword == "class" || keyword == "classmap" || keyword == "classpermission")
            declared.classes.insert(name);
        else if (keyword == "boolean" || keyword == "tunable")
            declared.booleans.insert(name);
        declared.blocks |= keyword == "block" || keyword == "in" || keyword == "macro";
        collect(statement.items, declared);
    }
}

class Checker {
  public:
    Checker(const selinux::PolicyDb& policy, const Declared& declared, const Location& file)
        : policy_(policy), declared_(declared), file_(file) {}

    void statement(const CilNode& node) {
        const std::string_view keyword = node.keyword();
        constexpr std::array<std::string_view, 4> access{"allow", "auditallow", "dontaudit",
                                                         "neverallow"};
        constexpr std::array<std::string_view, 3> transition{"typetransition", "typechange",
                                                             "typemember"};
        const std::size_t size = node.items.size();
        if (std::find(access.begin(), access.end(), keyword) != access.end() && size == 4) {
            type(node, 1);
            type(node, 2);
            class_permissions(node, node.items[3]);
        } else if (std::find(transition.begin(), transition.end(), keyword) != transition.end() &&
                   size >= 5) {
            type(node, 1);
            type(node, 2);
            tclass(node, node.items[3]);
            type(node, size - 1);
        } else if (keyword == "typepermissive" && size == 2) {
            type(node, 1);
        }
    }

    std::vector<UnknownName> unknown;

  private:
    void report(Kind kind, const CilNode& statement, const CilNode& where, std::string text) {
        unknown.push_back({kind, where.text, Location{file_.file, where.line, 0},
                           std::string(statement.keyword()) + ": " + std::move(text)});
    }

    void type(const CilNode& statement, std::size_t position) {
        const CilNode& node = statement.items[position];
        constexpr std::array<std::string_view, 4> reserved{"self", "notself", "other", "all"};
        if (node.is_list() || declared_.blocks || declared_.types.contains(node.text) ||
            std::find(reserved.begin(), reserved.end(), node.text) != reserved.end() ||
            policy_.has_type(node.text) || policy_.has_attribute(node.text))
            return;
        report(Kind::type, statement, node,
               "type " + printable(node.text) + " is not defined in this policy" +
                   did_you_mean(node.text, policy_.types()));
    }

    bool tclass(const CilNode& statement, const CilNode& node) {
        if (node.is_list() || declared_.blocks || declared_.classes.contains(node.text))
            return false;
        if (policy_.has_class(node.text))
            return true;
        report(Kind::tclass, statement, node,
               "class " + printable(node.text) + " is not defined in this policy");
        return false;
    }

    // (class (permission...)); expressions and named class permissions are the compiler's.
    void class_permissions(const CilNode& statement, const CilNode& node) {
        if (!node.is_list() || node.items.size() != 2 || !node.items[1].is_list() ||
            !tclass(statement, node.items[0]))
            return;
        for (const CilNode& permission : node.items[1].items) {
            constexpr std::array<std::string_view, 5> operators{"all", "not", "and", "or", "xor"};
            if (permission.is_list() ||
                std::find(operators.begin(), operators.end(), permission.text) != operators.end())
                return;
            if (!policy_.has_permission(node.items[0].text, permission.text))
                report(Kind::permission, statement, permission,
                       "class " + node.items[0].text + " has no permission " +
                           printable(permission.text) + " in this policy");
        }
    }

    const selinux::PolicyDb& policy_;
    const Declared& declared_;
    const Location& file_;
};

// Whether CIL declares NAME with one of KEYWORDS: "(keyword NAME" and then an end or more.
bool declares(std::string_view cil, std::string_view name,
              std::initializer_list<std::string_view> keywords) {
    constexpr std::string_view ends = " \t\n\r)";
    for (std::size_t at = cil.find(name); at != std::string_view::npos;
         at = cil.find(name, at + 1)) {
        const std::size_t after = at + name.size();
        if (after >= cil.size() || ends.find(cil[after]) == std::string_view::npos)
            continue;
        const std::string_view before = cil.substr(0, at);
        const auto last = before.find_last_not_of(" \t\n\r");
        if (last == std::string_view::npos || last + 1 == at)
            continue;
        for (const std::string_view keyword : keywords)
            if (before.substr(0, last + 1).ends_with("(" + std::string(keyword)))
                return true;
    }
    return false;
}

bool declares(std::string_view cil, const UnknownName& unknown) {
    switch (unknown.kind) {
    case Kind::type:
        return declares(cil, unknown.name, {"type", "typeattribute", "typealias"});
    case Kind::tclass:
        return declares(cil, unknown.name, {"class", "classmap"});
    case Kind::boolean:
        return declares(cil, unknown.name, {"boolean", "tunable"});
    case Kind::permission:
        return false;
    }
    return false;
}

} // namespace

std::vector<UnknownName> unknown_names(const Changes& changes, const selinux::PolicyDb& policy) {
    std::vector<std::pair<const Module*, std::vector<CilNode>>> parsed;
    Declared declared;
    for (const Module& module : changes.modules)
        if (module.language == "cil") {
            parsed.emplace_back(&module, selinux::parse_cil(module.content, module.at.file));
            collect(parsed.back().second, declared);
        }
    std::vector<UnknownName> unknown;
    for (const auto& [module, statements] : parsed) {
        Checker checker(policy, declared, module->at);
        for (const CilNode& statement : statements)
            checker.statement(statement);
        unknown.insert(unknown.end(), checker.unknown.begin(), checker.unknown.end());
    }
    const auto booleans = policy.booleans();
    std::vector<std::string> names;
    for (const auto& [name, value] : booleans)
        names.push_back(name);
    for (const Boolean& boolean : changes.booleans)
        if (!booleans.contains(boolean.name) && !declared.booleans.contains(boolean.name))
            unknown.push_back({Kind::boolean, boolean.name, boolean.at,
                               "selinux.booleans: the policy has no boolean " +
                                   printable(boolean.name) + did_you_mean(boolean.name, names)});
    return unknown;
}

void remove_declared(std::vector<UnknownName>& unknown, std::string_view module_cil) {
    std::erase_if(unknown, [&](const UnknownName& name) { return declares(module_cil, name); });
}

} // namespace selns::policy
