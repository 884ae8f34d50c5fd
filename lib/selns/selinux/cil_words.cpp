#include "selns/selinux/cil_words.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <array>

namespace selns::selinux {

namespace {

// libsepol's statements, whatever its version (cil_build_ast.c).
constexpr auto statements = std::to_array<std::string_view>({"allow",
                                                             "allowx",
                                                             "auditallow",
                                                             "auditallowx",
                                                             "block",
                                                             "blockabstract",
                                                             "blockinherit",
                                                             "boolean",
                                                             "booleanif",
                                                             "call",
                                                             "category",
                                                             "categoryalias",
                                                             "categoryaliasactual",
                                                             "categoryorder",
                                                             "categoryset",
                                                             "class",
                                                             "classcommon",
                                                             "classmap",
                                                             "classmapping",
                                                             "classorder",
                                                             "classpermission",
                                                             "classpermissionset",
                                                             "common",
                                                             "constrain",
                                                             "context",
                                                             "defaultrange",
                                                             "defaultrole",
                                                             "defaulttype",
                                                             "defaultuser",
                                                             "deny",
                                                             "devicetreecon",
                                                             "dontaudit",
                                                             "dontauditx",
                                                             "expandtypeattribute",
                                                             "false",
                                                             "filecon",
                                                             "fsuse",
                                                             "genfscon",
                                                             "handleunknown",
                                                             "ibendportcon",
                                                             "ibpkeycon",
                                                             "in",
                                                             "iomemcon",
                                                             "ioportcon",
                                                             "ipaddr",
                                                             "level",
                                                             "levelrange",
                                                             "macro",
                                                             "mls",
                                                             "mlsconstrain",
                                                             "mlsvalidatetrans",
                                                             "neverallow",
                                                             "neverallowx",
                                                             "netifcon",
                                                             "nodecon",
                                                             "optional",
                                                             "pcidevicecon",
                                                             "permissionx",
                                                             "pirqcon",
                                                             "policycap",
                                                             "portcon",
                                                             "rangetransition",
                                                             "role",
                                                             "roleallow",
                                                             "roleattribute",
                                                             "roleattributeset",
                                                             "rolebounds",
                                                             "roletransition",
                                                             "roletype",
                                                             "selinuxuser",
                                                             "selinuxuserdefault",
                                                             "sensitivity",
                                                             "sensitivityalias",
                                                             "sensitivityaliasactual",
                                                             "sensitivitycategory",
                                                             "sensitivityorder",
                                                             "sid",
                                                             "sidcontext",
                                                             "sidorder",
                                                             "true",
                                                             "tunable",
                                                             "tunableif",
                                                             "type",
                                                             "typealias",
                                                             "typealiasactual",
                                                             "typeattribute",
                                                             "typeattributeset",
                                                             "typebounds",
                                                             "typechange",
                                                             "typemember",
                                                             "typepermissive",
                                                             "typeneveraudit",
                                                             "typetransition",
                                                             "user",
                                                             "userattribute",
                                                             "userattributeset",
                                                             "userbounds",
                                                             "userlevel",
                                                             "userprefix",
                                                             "userrange",
                                                             "userrole",
                                                             "validatetrans"});

// Those that hold statements, behind this many other items.
std::size_t items_before_statements(std::string_view keyword) {
    if (keyword == "macro")
        return 3;
    if (keyword == "true" || keyword == "false")
        return 1;
    const auto holders =
        std::to_array<std::string_view>({"block", "optional", "in", "booleanif", "tunableif"});
    return std::ranges::find(holders, keyword) == holders.end() ? 0 : 2;
}

} // namespace

void check_cil_words(const std::vector<CilNode>& nodes, const std::string& name) {
    std::vector<const CilNode*> ahead;
    const auto add = [&](const std::vector<CilNode>& items, std::size_t first) {
        for (std::size_t i = items.size(); i > first; --i)
            ahead.push_back(&items[i - 1]);
    };
    add(nodes, 0);
    while (!ahead.empty()) {
        const CilNode& node = *ahead.back();
        ahead.pop_back();
        const std::string_view keyword = node.keyword();
        if (!node.is_list()) // "(in after block ...)" has one item more
            continue;
        if (std::ranges::find(statements, keyword) == statements.end())
            throw Error(ErrorKind::invalid_input,
                        keyword.empty() ? std::string("expected a statement of CIL")
                                        : "CIL has no statement " + printable(keyword))
                .at({name, node.line, 0});
        if (const std::size_t first = items_before_statements(keyword); first > 0)
            add(node.items, std::min(first, node.items.size()));
    }
}

} // namespace selns::selinux
