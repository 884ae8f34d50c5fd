#include "selns/denials/given_access.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace selns::denials {

namespace {

using selinux::CilNode;

constexpr std::size_t most_statements = 100000;
constexpr int deepest_call = 16;

class CilGiven {
  public:
    CilGiven(std::string_view text, const std::string& file)
        : file_(file), statements_(selinux::parse_cil(text, file)) {}

    Given run() {
        collect(statements_);
        walk(statements_, {}, 0);
        return std::move(given_);
    }

  private:
    using Arguments = std::map<std::string, std::string, std::less<>>; // by parameter
    using Names = std::vector<std::string>;

    // What statements refer to by name: sets of types, sets of permissions, macros.
    void collect(const std::vector<CilNode>& statements) {
        for (const CilNode& node : statements) {
            const std::string_view word = node.keyword();
            if (word.empty())
                continue;
            const std::string name = node.items.size() > 1 ? node.items[1].text : std::string();
            if (word == "typeattributeset" && node.items.size() == 3)
                sets_[name].push_back(&node.items[2]);
            else if (word == "classpermissionset" && node.items.size() == 3)
                permissions_[name].push_back(&node.items[2]);
            else if (word == "macro" && node.items.size() > 2)
                macros_.emplace(name, &node);
            else if (word == "type" || word == "typealias" || word == "typeattribute")
                declared_.insert(name);
            collect(node.items);
        }
    }

    void walk(const std::vector<CilNode>& statements, const Arguments& arguments, int depth) {
        for (const CilNode& node : statements) {
            if (node.keyword().empty())
                continue;
            if (++count_ > most_statements)
                throw Error(ErrorKind::invalid_input,
                            "the module's macros make too many statements")
                    .at({file_, node.line});
            statement(node, arguments, depth);
        }
    }

    void statement(const CilNode& node, const Arguments& arguments, int depth) {
        const std::string_view word = node.keyword();
        const std::size_t size = node.items.size();
        if ((word == "allow" || word == "allowx") && size == 4)
            allow(node, arguments);
        else if (word == "typeattributeset" && size == 3)
            attribute(node.items[1].text, node.items[2], node.line, arguments);
        else if (word == "typepermissive" && size == 2)
            attribute("permissive", node.items[1], node.line, arguments);
        else if (word == "type" && size == 2)
            given_.changed.insert(node.items[1].text);
        else if (word == "call" && size >= 2)
            call(node, arguments, depth);
        else if (word == "block" || word == "optional" || word == "in" || word == "booleanif" ||
                 word == "tunableif" || word == "true" || word == "false" || word == "macro")
            walk(node.items, arguments, depth);
    }

    void call(const CilNode& node, const Arguments& arguments, int depth) {
        const auto macro = macros_.find(node.items[1].text);
        if (macro == macros_.end() || node.items.size() < 3 || depth == deepest_call)
            return;
        const auto& parameters = macro->second->items[2].items;
        const auto& values = node.items[2].items;
        Arguments inner;
        for (std::size_t i = 0; i < std::min(parameters.size(), values.size()); ++i)
            if (parameters[i].items.size() == 2)
                inner[parameters[i].items[1].text] = value_of(values[i], arguments);
        walk(macro->second->items, inner, depth + 1);
    }

    static std::string value_of(const CilNode& node, const Arguments& arguments) {
        const auto argument = arguments.find(node.text);
        return argument == arguments.end() ? node.text : argument->second;
    }

    void allow(const CilNode& node, const Arguments& arguments) {
        GivenAccess access{types_of(node.items[1], arguments, 0),
                           types_of(node.items[2], arguments, 0),
                           {},
                           {},
                           {file_, node.line}};
        const CilNode& what = node.items[3];
        if (node.keyword() == "allowx" && what.items.size() == 3)
            add(access, what.items[1].text, {"ioctl"});
        else if (what.is_list())
            add(access, what);
        else
            for (const CilNode* set : permissions_[value_of(what, arguments)])
                add(access, *set);
    }

    void add(GivenAccess access, std::string tclass, Names permissions) {
        access.tclass = std::move(tclass);
        access.permissions = std::move(permissions);
        given_.accesses.push_back(std::move(access));
    }

    // "(file (read write))"; of an expression all permissions, which it may give.
    void add(const GivenAccess& access, const CilNode& what) {
        if (what.items.size() != 2)
            return;
        Names permissions;
        for (const CilNode& permission : what.items[1].items)
            permissions.push_back(
                permission.is_list() || is_operator(permission.text) ? "*" : permission.text);
        add(access, what.items[0].text, std::move(permissions));
    }

    static bool is_operator(std::string_view text) {
        return text == "all" || text == "not" || text == "and" || text == "or" || text == "xor";
    }

    // The types that NODE names; of a set of this module, those in it.
    Names types_of(const CilNode& node, const Arguments& arguments, int depth) {
        if (node.is_list())
            return types_in(node, arguments, depth);
        const std::string name = value_of(node, arguments);
        const auto set = sets_.find(name);
        if (set == sets_.end() || depth == deepest_call || name == "cil_gen_require")
            return {name};
        Names names = declared_.contains(name) ? Names() : Names{name};
        for (const CilNode* types : set->second)
            for (std::string& type : types_of(*types, arguments, depth + 1))
                if (names.size() < most_statements)
                    names.push_back(std::move(type));
        return names;
    }

    Names types_in(const CilNode& list, const Arguments& arguments, int depth) {
        Names names;
        for (const CilNode& item : list.items) {
            if (!item.is_list() && (item.text == "all" || item.text == "not"))
                return {"*"};
            if (item.is_list() || !is_operator(item.text))
                for (std::string& name : types_of(item, arguments, depth))
                    names.push_back(std::move(name));
        }
        return names;
    }

    void attribute(const std::string& name, const CilNode& types, int line,
                   const Arguments& arguments) {
        if (name == "cil_gen_require")
            return;
        Names sources = types_of(types, arguments, 0);
        given_.changed.insert(sources.begin(), sources.end());
        if (!declared_.contains(name))
            given_.attributes.push_back({std::move(sources), {name}, {}, {}, {file_, line}});
    }

    const std::string& file_;
    std::vector<CilNode> statements_;
    std::map<std::string, std::vector<const CilNode*>, std::less<>> sets_;
    std::map<std::string, std::vector<const CilNode*>, std::less<>> permissions_;
    std::map<std::string, const CilNode*, std::less<>> macros_;
    std::set<std::string, std::less<>> declared_;
    std::size_t count_ = 0;
    Given given_;
};

} // namespace

Given given_by_cil(std::string_view text, const std::string& file) {
    return CilGiven(text, file).run();
}

} // namespace selns::denials
