// The symbol tables of a policy.

#include "selns/selinux/policy_reader.hpp"

namespace selns::selinux {

namespace {

constexpr std::uint32_t property_primary = 1;
constexpr std::uint32_t property_attribute = 2;

// An entry's numbers are before its name, of which they have the length.
std::vector<Permission> read_permissions(ByteCursor& in, Names& names, std::uint32_t count) {
    std::vector<Permission> permissions;
    for (; count > 0; --count) {
        const std::uint32_t length = in.u32();
        const std::uint32_t value = in.u32();
        require(value >= 1 && value <= 32 && permissions.size() < 32,
                "a class has more permissions than an access vector");
        permissions.push_back({names.keep(in.text(length)), std::uint32_t{1} << (value - 1)});
    }
    return permissions;
}

Common read_common(ByteCursor& in, Names& names) {
    Common common;
    const std::uint32_t length = in.u32();
    common.value = in.u32();
    in.skip(4); // the highest permission
    const std::uint32_t permissions = in.u32();
    common.name = names.keep(in.text(length));
    common.permissions = read_permissions(in, names, permissions);
    return common;
}

bool is_level_comparison(std::uint32_t attribute) {
    return attribute >= constraint_l1_l2 && attribute <= constraint_l2_h2 &&
           std::has_single_bit(attribute);
}

bool compares_attributes(const ConstraintNode& node) {
    using Operator = ConstraintNode::Operator;
    if (node.attribute == constraint_user || node.attribute == constraint_type)
        return node.op == Operator::equal || node.op == Operator::unequal;
    return (node.attribute == constraint_role || is_level_comparison(node.attribute)) &&
           node.op >= Operator::equal && node.op <= Operator::incomparable;
}

// Only validatetrans rules have a third context.
bool compares_names(const ConstraintNode& node, bool third) {
    using Operator = ConstraintNode::Operator;
    constexpr std::uint32_t contexts = constraint_target | constraint_third;
    const std::uint32_t what = node.attribute & ~contexts;
    const std::uint32_t context = node.attribute & contexts;
    return (what == constraint_user || what == constraint_role || what == constraint_type) &&
           context != contexts && (third || context != constraint_third) &&
           (node.op == Operator::equal || node.op == Operator::unequal);
}

ConstraintNode read_constraint_node(ByteCursor& in, std::uint32_t version, bool third) {
    using Kind = ConstraintNode::Kind;
    ConstraintNode node;
    node.kind = static_cast<Kind>(in.u32());
    node.attribute = in.u32();
    node.op = static_cast<ConstraintNode::Operator>(in.u32());
    if (node.kind == Kind::names) {
        require(compares_names(node, third), "a constraint compares names of an unknown kind");
        node.names = read_set(in);
        if (version >= version_constraint_names) {
            node.written = read_set(in);
            skip_set(in); // those that are excepted
            in.skip(4);   // whether it is a complement
        }
    } else if (node.kind == Kind::attributes) {
        require(compares_attributes(node), "a constraint compares something unknown");
    }
    return node;
}

// How many operands there are after NODE, when there were DEPTH before it.
std::size_t depth_after(const ConstraintNode& node, std::size_t depth) {
    using Kind = ConstraintNode::Kind;
    const bool leaf = node.kind == Kind::attributes || node.kind == Kind::names;
    const bool binary = node.kind == Kind::conjunction || node.kind == Kind::disjunction;
    require(leaf || binary || node.kind == Kind::negation, "a constraint has an unknown operator");
    require(leaf ? depth < constraint_depth : depth >= (binary ? 2U : 1U),
            "a constraint has too many operands or too few");
    return leaf ? depth + 1 : binary ? depth - 1 : depth;
}

std::vector<Constraint> read_constraints(ByteCursor& in, std::uint32_t count, std::uint32_t version,
                                         bool third) {
    std::vector<Constraint> constraints;
    for (; count > 0; --count) {
        Constraint& constraint = constraints.emplace_back();
        constraint.permissions = in.u32();
        const std::uint32_t nodes = in.count(12);
        std::size_t depth = 0;
        constraint.expression.reserve(nodes);
        for (std::uint32_t i = 0; i < nodes; ++i) {
            constraint.expression.push_back(read_constraint_node(in, version, third));
            depth = depth_after(constraint.expression.back(), depth);
        }
        require(depth == 1, "a constraint has too many operands or too few");
    }
    return constraints;
}

// The kernel turns permission names into numbers through the class: first its common's.
void add_common(SecurityClass& tclass, std::string_view name, const SymbolTable<Common>& commons) {
    const Common* common = commons.find(name);
    require(common != nullptr, "a class has a common that there is not");
    tclass.permissions.insert(tclass.permissions.end(), common->permissions.begin(),
                              common->permissions.end());
}

// Versions 27 and 28: from where new objects get user, role and range, and type.
void skip_new_object_defaults(ByteCursor& in, std::uint32_t version) {
    if (version >= version_new_object_defaults)
        in.skip(12);
    if (version >= version_default_type)
        in.skip(4);
}

SecurityClass read_class(ByteCursor& in, KernelPolicy& policy) {
    SecurityClass tclass;
    const std::uint32_t length = in.u32();
    const std::uint32_t common_length = in.u32();
    tclass.value = in.u32();
    in.skip(4); // the highest permission
    const std::uint32_t permissions = in.u32();
    const std::uint32_t constraints = in.u32();
    tclass.name = policy.names.keep(in.text(length));
    const std::string_view common = in.text(common_length);
    tclass.permissions = read_permissions(in, policy.names, permissions);
    if (!common.empty())
        add_common(tclass, common, policy.commons);
    tclass.constraints = read_constraints(in, constraints, policy.version, false);
    tclass.validatetrans = read_constraints(in, in.u32(), policy.version, true);
    skip_new_object_defaults(in, policy.version);
    return tclass;
}

Role read_role(ByteCursor& in, Names& names) {
    Role role;
    const std::uint32_t length = in.u32();
    role.value = in.u32();
    in.skip(4); // bounds, of which decisions take no notice
    role.name = names.keep(in.text(length));
    role.dominates = read_set(in);
    role.types = read_set(in);
    require(role.name != object_role || role.value == object_role_value,
            "object_r is not the first role");
    return role;
}

Type read_type(ByteCursor& in, Names& names) {
    Type type;
    const std::uint32_t length = in.u32();
    type.value = in.u32();
    const std::uint32_t properties = in.u32();
    type.primary = (properties & property_primary) != 0;
    type.attribute = (properties & property_attribute) != 0;
    type.bounds = in.u32();
    type.name = names.keep(in.text(length));
    return type;
}

User read_user(ByteCursor& in, Names& names) {
    User user;
    const std::uint32_t length = in.u32();
    user.value = in.u32();
    in.skip(4); // bounds
    user.name = names.keep(in.text(length));
    user.roles = read_set(in);
    user.range = read_range(in);
    read_level(in); // at login
    return user;
}

Boolean read_boolean(ByteCursor& in, Names& names) {
    Boolean boolean;
    boolean.value = in.u32();
    const std::uint32_t state = in.u32();
    require(state <= 1, "a boolean is neither true nor false");
    boolean.state = state == 1;
    boolean.name = names.keep(in.text(in.u32()));
    return boolean;
}

Sensitivity read_sensitivity(ByteCursor& in, Names& names) {
    Sensitivity sensitivity;
    const std::uint32_t length = in.u32();
    sensitivity.primary = in.u32() == 0;
    sensitivity.name = names.keep(in.text(length));
    sensitivity.level = read_level(in);
    sensitivity.value = sensitivity.level.sensitivity;
    return sensitivity;
}

Category read_category(ByteCursor& in, Names& names) {
    Category category;
    const std::uint32_t length = in.u32();
    category.value = in.u32();
    category.primary = in.u32() == 0;
    category.name = names.keep(in.text(length));
    return category;
}

// Two counts, of values and of names, then the symbols. No symbol takes less than 12 bytes.
template <typename Datum, typename Read>
void read_table(ByteCursor& in, SymbolTable<Datum>& table, const Read& read) {
    const std::uint32_t values = in.u32();
    const std::uint32_t names = in.count(12);
    require(values <= in.left(), "a table of symbols is larger than the file");
    table.reserve(names);
    for (std::uint32_t i = 0; i < names; ++i)
        table.add(read(in));
    table.finish(values);
}

} // namespace

void read_symbols(ByteCursor& in, KernelPolicy& policy) {
    const auto named = [&policy](auto read) {
        return [&policy, read](ByteCursor& at) { return read(at, policy.names); };
    };
    read_table(in, policy.commons, named(read_common));
    read_table(in, policy.classes, [&policy](ByteCursor& at) { return read_class(at, policy); });
    read_table(in, policy.roles, named(read_role));
    read_table(in, policy.types, named(read_type));
    read_table(in, policy.users, named(read_user));
    read_table(in, policy.booleans, named(read_boolean));
    read_table(in, policy.sensitivities, named(read_sensitivity));
    read_table(in, policy.categories, named(read_category));
    require(policy.types.highest() <= 0xffff && policy.classes.highest() <= 0xffff,
            "it has more types or classes than rules have room for");
}

} // namespace selns::selinux
