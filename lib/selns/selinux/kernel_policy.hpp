#pragma once

// What a kernel policy says, as plain structures, for the sources of this module only. Made by
// read_kernel_policy(), which has checked every value in it: those of types, classes, roles and
// booleans are in range, expressions have the operands that they need, bounds end.
//
// Left out is what nobody here asks for: how new objects are labelled (type, role, range and file
// name transitions), and most contexts: those of ports, networks and the like.

#include "selns/selinux/av_rules.hpp"
#include "selns/selinux/bit_set.hpp"
#include "selns/selinux/symbols.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::selinux {

struct Level {
    std::uint32_t sensitivity = 0; // its value, from 1
    BitSet categories;             // values - 1

    bool operator==(const Level&) const = default;
    bool dominates(const Level& other) const {
        return sensitivity >= other.sensitivity && categories.includes(other.categories);
    }
};
using Range = std::array<Level, 2>; // low, high

// What a constraint compares: bits of ConstraintNode::attribute, as they are in the file.
enum ConstraintAttribute : std::uint32_t {
    constraint_user = 1,
    constraint_role = 2,
    constraint_type = 4,
    constraint_target = 8, // of context 2, else of context 1
    constraint_third = 16, // of context 3: the task of a validatetrans rule
    constraint_l1_l2 = 32,
    constraint_l1_h2 = 64,
    constraint_h1_l2 = 128,
    constraint_h1_h2 = 256,
    constraint_l1_h1 = 512,
    constraint_l2_h2 = 1024,
};

// One element of an expression in reverse polish notation. The numbers are the file's.
struct ConstraintNode {
    enum class Kind : std::uint32_t { negation = 1, conjunction, disjunction, attributes, names };
    enum class Operator : std::uint32_t { equal = 1, unequal, dominates, dominated, incomparable };

    Kind kind = Kind::attributes;
    std::uint32_t attribute = 0; // of attributes and names
    Operator op = Operator::equal;
    BitSet names;   // values - 1 of users, roles or types
    BitSet written; // the types and attributes that policy source had, where the file has kept them
};
using ConstraintExpression = std::vector<ConstraintNode>;

// No expression needs more operands at a time; the kernel refuses those that do.
constexpr std::size_t constraint_depth = 5;

struct Constraint {
    std::uint32_t permissions = 0; // an access vector; not in validatetrans rules
    ConstraintExpression expression;
};

struct Permission {
    std::string_view name;
    std::uint32_t bit = 0;
};

struct Common : Symbol {
    std::vector<Permission> permissions;
};

struct SecurityClass : Symbol {
    std::vector<Permission> permissions; // its common's among them
    std::vector<Constraint> constraints;
    std::vector<Constraint> validatetrans;

    // 0 when the class has no such one.
    std::uint32_t permission_bit(std::string_view permission) const;
    // Of the permissions in an access vector, sorted.
    std::vector<std::string> permission_names(std::uint32_t vector) const;
};

// The role of objects: it goes with every user and type.
constexpr std::string_view object_role = "object_r";
constexpr std::uint32_t object_role_value = 1;

struct Role : Symbol {
    BitSet dominates; // values - 1 of roles, itself among them
    BitSet types;     // values - 1
};

struct Type : Symbol {
    bool attribute = false;
    std::uint32_t bounds = 0; // the type that has all that this one has; 0 when there is none
};

struct User : Symbol {
    BitSet roles; // values - 1
    Range range;
};

struct Boolean : Symbol {
    bool state = false;
};

struct Sensitivity : Symbol {
    Level level; // with the categories that may go with it
};

using Category = Symbol;

// The expression of an `if` block, in reverse polish notation.
struct ConditionNode {
    enum class Kind : std::uint32_t {
        boolean = 1,
        negation,
        disjunction,
        conjunction,
        exclusive,
        equal,
        unequal
    };
    Kind kind = Kind::boolean;
    std::uint32_t boolean = 0; // its value, from 1
};
using Condition = std::vector<ConditionNode>;

// As constraint_depth.
constexpr std::size_t condition_depth = 10;

// Of each type the attributes that it has, itself among them, as values; for all types in one row.
class TypeAttributes {
  public:
    std::span<const std::uint16_t> of(std::uint32_t type) const {
        return {values_.data() + ends_[type - 1], values_.data() + ends_[type]};
    }
    bool has(std::uint32_t type, std::uint32_t attribute) const;

    void reserve(std::size_t types) { ends_.reserve(types + 1); }
    // For the next type, in order: its attributes' values, rising; then next().
    void add(std::uint32_t attribute) { values_.push_back(static_cast<std::uint16_t>(attribute)); }
    void next() { ends_.push_back(static_cast<std::uint32_t>(values_.size())); }

  private:
    std::vector<std::uint32_t> ends_ = {0};
    std::vector<std::uint16_t> values_;
};

// Keeps text where it is, in blocks of many names.
class Names {
  public:
    std::string_view keep(std::string_view name);

  private:
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* end_ = nullptr;  // of the last block
    std::size_t left_ = 0; // before that
};

// An fs_use statement: where the files of a file system have their labels from.
struct FsUse {
    // The numbers are the file's.
    enum class Behaviour : std::uint32_t { xattr = 1, trans = 2, task = 3 };

    Behaviour behaviour = Behaviour::xattr;
    std::string_view name;
    std::uint32_t type = 0; // 0 where there is none
};

// What the kernel does with classes and permissions that it knows and the policy does not.
enum class HandleUnknown { deny, reject, allow };

struct KernelPolicy {
    KernelPolicy() = default;
    KernelPolicy(const KernelPolicy&) = delete;
    KernelPolicy& operator=(const KernelPolicy&) = delete;

    const Type* find_type(std::string_view name) const; // or the alias of one; no attribute
    const Type* find_attribute(std::string_view name) const;

    Names names; // of all symbols
    std::uint32_t version = 0;
    bool mls = false;
    HandleUnknown handle_unknown = HandleUnknown::deny;
    BitSet never_audited; // values of types of which no denial is told

    SymbolTable<Common> commons;
    SymbolTable<SecurityClass> classes;
    SymbolTable<Role> roles;
    SymbolTable<Type> types; // and attributes, whose values are of the same kind
    SymbolTable<User> users;
    SymbolTable<Boolean> booleans;
    SymbolTable<Sensitivity> sensitivities;
    SymbolTable<Category> categories;

    AvRules rules;
    std::vector<Condition> blocks;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> role_allows; // from, to; sorted
    TypeAttributes type_attributes;
    // The types of initial SIDs, by number, and of the files of file systems that have no labels of
    // their own (genfscon), by name; 0 where the file has none that there is.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> initial_types;
    std::vector<std::pair<std::string_view, std::uint32_t>> file_systems;
    std::vector<FsUse> fs_uses;
};

} // namespace selns::selinux
