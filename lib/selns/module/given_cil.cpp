#include "selns/base/interrupt.hpp"
#include "selns/module/given_access.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace selns::module {

namespace {

using selinux::CilNode;

constexpr std::size_t most_steps = 1000000;   // nodes visited and names given
constexpr std::size_t deepest_reference = 32; // of macros and sets to each other

class CilGiven {
  public:
    CilGiven(std::string_view text, const std::string& file)
        : file_(file), statements_(selinux::parse_cil(text, file)) {}

    Given run() {
        selinux::visit_cil(statements_, [&](const CilNode& node) {
            collect(node);
            return !node.keyword().empty();
        });
        walk(statements_, {});
        return std::move(given_);
    }

  private:
    using Nodes = std::vector<const CilNode*>;
    using Named = std::map<std::string, Nodes, std::less<>>;
    using Arguments = std::map<std::string, const CilNode*, std::less<>>; // by parameter
    using Names = std::vector<std::string>;

    // What statements refer to by name. Blocks may have several of a name: each counts.
    void collect(const CilNode& node) {
        const std::string_view word = node.keyword();
        const std::size_t size = node.items.size();
        const std::string name = size > 1 ? node.items[1].text : std::string();
        if ((word == "typeattributeset" || word == "typealiasactual") && size == 3)
            sets_[name].push_back(&node.items[2]);
        else if ((word == "classpermissionset" || word == "permissionx") && size == 3)
            permissions_[name].push_back(&node.items[2]);
        else if (word == "classmapping" && size == 4)
            mappings_[name].push_back(&node);
        else if (word == "macro" && size > 2)
            macros_[name].push_back(&node);
        else if (word == "type" || word == "typealias" || word == "typeattribute")
            declared_.insert(name);
    }

    // What NAME stands for, whichever block it is in.
    static const Nodes& named(const Named& all, std::string_view name) {
        static const Nodes none;
        const auto found = all.find(name.substr(name.rfind('.') + 1));
        return found == all.end() ? none : found->second;
    }

    // Sets and macros that refer to each other grow without end.
    void spend(const CilNode& at, std::size_t steps) {
        interruption_point();
        steps_ += steps;
        if (steps_ > most_steps)
            refuse(at, "the module's macros and sets make too many statements");
    }

    // Does WHAT with each of NODES but those that led here: blocks may share names.
    void follow(const CilNode& at, const Nodes& nodes, const auto& what) {
        if (!nodes.empty() && open_.size() == deepest_reference)
            refuse(at, "the module's macros or sets refer to each other too deeply");
        for (const CilNode* node : nodes) {
            if (std::ranges::find(open_, node) != open_.end())
                continue;
            open_.push_back(node);
            what(*node);
            open_.pop_back();
        }
    }

    [[noreturn]] void refuse(const CilNode& at, const char* what) const {
        throw Error(ErrorKind::invalid_input, what)
            .at({file_, at.line})
            .hint("write out what they stand for");
    }

    void walk(const std::vector<CilNode>& statements, const Arguments& arguments) {
        selinux::visit_cil(statements, [&](const CilNode& node) {
            spend(node, 1);
            if (has_statements(node.keyword()))
                return true;
            if (!node.keyword().empty())
                statement(node, arguments);
            return false;
        });
    }

    static bool has_statements(std::string_view word) {
        return word == "block" || word == "optional" || word == "in" || word == "booleanif" ||
               word == "tunableif" || word == "true" || word == "false" || word == "macro";
    }

    void statement(const CilNode& node, const Arguments& arguments) {
        const std::string_view word = node.keyword();
        const std::size_t size = node.items.size();
        if ((word == "allow" || word == "allowx") && size == 4)
            allow(node, arguments);
        else if (word == "typeattributeset" && size == 3)
            attribute(value_of(node.items[1], arguments).text, node.items[2], arguments);
        else if (word == "typepermissive" && size == 2)
            attribute("permissive", node.items[1], arguments);
        else if (word == "type" && size == 2)
            given_.changed.insert(node.items[1].text);
        else if (word == "call" && size >= 2)
            call(node, arguments);
    }

    void call(const CilNode& node, const Arguments& arguments) {
        follow(node, named(macros_, node.items[1].text), [&](const CilNode& macro) {
            const auto& parameters = macro.items[2].items;
            const std::size_t given = node.items.size() < 3 ? 0 : node.items[2].items.size();
            Arguments inner;
            for (std::size_t i = 0; i < std::min(parameters.size(), given); ++i)
                if (parameters[i].items.size() == 2)
                    inner[parameters[i].items[1].text] =
                        &value_of(node.items[2].items[i], arguments);
            walk(macro.items, inner);
        });
    }

    static const CilNode& value_of(const CilNode& node, const Arguments& arguments) {
        const auto argument = node.is_list() ? arguments.end() : arguments.find(node.text);
        return argument == arguments.end() ? node : *argument->second;
    }

    void allow(const CilNode& node, const Arguments& arguments) {
        const GivenAccess access{types_of(node.items[1], arguments),
                                 types_of(node.items[2], arguments),
                                 {},
                                 {},
                                 {file_, node.line}};
        add_any(access, node.items[3], arguments);
    }

    // Permissions as they are, or the name of some.
    void add_any(const GivenAccess& access, const CilNode& what, const Arguments& arguments) {
        const CilNode& value = value_of(what, arguments);
        spend(what, 1);
        if (value.is_list())
            add(access, value, arguments);
        else
            follow(what, named(permissions_, value.text),
                   [&](const CilNode& set) { add_any(access, set, arguments); });
    }

    // "(file (read write))", or "(ioctl file (0x1234))".
    void add(GivenAccess access, const CilNode& what, const Arguments& arguments) {
        const bool extended = what.items.size() == 3;
        if (!extended && what.items.size() != 2)
            return;
        access.tclass = value_of(what.items[extended ? 1 : 0], arguments).text;
        access.permissions = extended ? Names{"ioctl"} : permissions_of(what.items[1]);
        spend(what, access.sources.size() + access.targets.size() + access.permissions.size());
        follow(what, named(mappings_, access.tclass), [&](const CilNode& mapping) {
            if (has_any(access.permissions, mapping.items[2].text))
                add_any(access, mapping.items[3], arguments);
        });
        given_.accesses.push_back(std::move(access));
    }

    static bool has_any(const Names& permissions, const std::string& wanted) {
        return std::ranges::any_of(permissions, [&wanted](const std::string& permission) {
            return permission == "*" || permission == wanted;
        });
    }

    // Of an expression all permissions, which it may give.
    static Names permissions_of(const CilNode& node) {
        if (!node.is_list())
            return {permission_of(node)};
        Names permissions;
        for (const CilNode& permission : node.items)
            permissions.push_back(permission_of(permission));
        return permissions;
    }

    static std::string permission_of(const CilNode& node) {
        return node.is_list() || is_operator(node.text) ? "*" : node.text;
    }

    static bool is_operator(std::string_view text) {
        return text == "all" || text == "not" || text == "and" || text == "or" || text == "xor";
    }

    // The types that NODE names; of a set of this module, those in it.
    Names types_of(const CilNode& node, const Arguments& arguments) {
        const CilNode& value = value_of(node, arguments);
        if (value.is_list())
            return types_in(value, arguments);
        const std::string& name = value.text;
        spend(node, 1 + name.size() / 64);
        if (name == "cil_gen_require")
            return {name};
        const Nodes& sets = named(sets_, name);
        if (sets.empty())
            return {name};
        Names names = declared_.contains(name) ? Names() : Names{name};
        follow(node, sets, [&](const CilNode& types) {
            for (std::string& type : types_of(types, arguments))
                names.push_back(std::move(type));
        });
        return names;
    }

    Names types_in(const CilNode& list, const Arguments& arguments) {
        Names names;
        selinux::visit_cil(list.items, [&](const CilNode& item) {
            spend(item, 1);
            if (item.is_list())
                return true;
            if (item.text == "all" || item.text == "not")
                names.emplace_back("*");
            else if (!is_operator(item.text))
                for (std::string& name : types_of(item, arguments))
                    names.push_back(std::move(name));
            return false;
        });
        if (std::ranges::find(names, "*") != names.end())
            return {"*"};
        return names;
    }

    void attribute(const std::string& name, const CilNode& types, const Arguments& arguments) {
        if (name == "cil_gen_require")
            return;
        Names sources = types_of(types, arguments);
        given_.changed.insert(sources.begin(), sources.end());
        if (!declared_.contains(name))
            given_.attributes.push_back({std::move(sources), {name}, {}, {}, {file_, types.line}});
    }

    const std::string& file_;
    std::vector<CilNode> statements_;
    Named sets_;
    Named permissions_;
    Named mappings_; // of classes that stand for others
    Named macros_;
    std::set<std::string, std::less<>> declared_;
    Nodes open_; // that are being followed
    std::size_t steps_ = 0;
    Given given_;
};

} // namespace

Given given_by_cil(std::string_view text, const std::string& file) {
    return CilGiven(text, file).run();
}

} // namespace selns::module
