#include "selns/selinux/policy_patch.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/selinux/policydb.hpp"
#include "selns/selinux/rule_format.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>

namespace selns::selinux {

namespace {

// A rule's first eight bytes in the file: its key, and its kind above that.
using Head = std::uint64_t;

constexpr Head head_of(RuleKey key, std::uint32_t kind) {
    return key | Head{kind} << 48U;
}

using CommandSet = std::bitset<0x10000>;
using Driver = std::array<std::uint32_t, 8>; // 256 bits

template <typename Number>
void put(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <typename Number>
void put_at(std::string& out, std::size_t at, Number number) {
    std::memcpy(out.data() + at, &number, sizeof number);
}

// The policy does not have a name.
class UnknownName : public NotPatchable {
  public:
    using NotPatchable::NotPatchable;
};

// What is to be added, by its place in the policy.
struct Wanted {
    std::map<Head, std::uint32_t> vectors; // access vectors
    std::map<Head, CommandSet> commands;   // of ioctl

    bool has(Head head) const { return vectors.contains(head) || commands.contains(head); }
};

class Resolver {
  public:
    explicit Resolver(const KernelPolicy& policy) : policy_(policy) {}

    Wanted resolve(const std::vector<PlainRule>& rules) const {
        Wanted wanted;
        for (const PlainRule& rule : rules)
            add(rule, wanted);
        return wanted;
    }

    // Of those of which the policy has all names.
    Wanted resolve_known(const std::vector<PlainRule>& rules) const {
        Wanted wanted;
        for (const PlainRule& rule : rules)
            try {
                add(rule, wanted);
            } catch (const UnknownName&) {
                continue;
            }
        return wanted;
    }

  private:
    void add(const PlainRule& rule, Wanted& wanted) const {
        const std::uint16_t source = type_of(rule.source);
        const std::uint16_t target = rule.target == "self" ? source : type_of(rule.target);
        const SecurityClass* tclass = policy_.classes.find(rule.tclass);
        if (tclass == nullptr)
            throw unknown("class", rule.tclass);
        const RuleKey key = rule_key(source, target, static_cast<std::uint16_t>(tclass->value));
        if (rule.kind != PlainRule::Kind::allow_commands) {
            wanted.vectors[head_of(key, file_kind(rule.kind))] |= vector_of(rule, *tclass);
            return;
        }
        if (policy_.version < version_extended_rules)
            throw NotPatchable("the policy's version has no extended permissions");
        if (tclass->permission_bit("ioctl") == 0)
            throw unknown("permission", rule.tclass + " ioctl");
        CommandSet& commands = wanted.commands[head_of(key, rule_allow_extended)];
        for (const std::uint16_t command : rule.commands)
            commands.set(command);
    }

    static std::uint32_t file_kind(PlainRule::Kind kind) {
        return kind == PlainRule::Kind::allow        ? rule_allow
               : kind == PlainRule::Kind::auditallow ? rule_auditallow
                                                     : rule_dontaudit;
    }

    static UnknownName unknown(const char* what, const std::string& name) {
        return UnknownName(std::string("the policy has no ") + what + " " + printable(name));
    }

    std::uint16_t type_of(const std::string& name) const {
        const Type* type = policy_.find_type(name);
        if (type == nullptr && policy_.find_attribute(name) != nullptr)
            throw NotPatchable("a rule is about " + name + ", an attribute");
        if (type == nullptr)
            throw unknown("type", name);
        if (policy_.types.at(type->value).bounds != 0)
            throw NotPatchable("a rule is about " + name + ", a type with bounds");
        return static_cast<std::uint16_t>(type->value);
    }

    std::uint32_t vector_of(const PlainRule& rule, const SecurityClass& tclass) const {
        std::uint32_t vector = 0;
        for (const std::string& permission : rule.permissions) {
            const std::uint32_t bit = tclass.permission_bit(permission);
            if (bit == 0)
                throw unknown("permission", rule.tclass + " " + permission);
            vector |= bit;
        }
        return vector;
    }

    const KernelPolicy& policy_;
};

void add_driver(CommandSet& commands, std::uint8_t what, std::uint8_t driver, const Driver& bits) {
    for (unsigned bit = 0; bit < 256; ++bit) {
        if ((bits[bit / 32] >> bit % 32 & 1U) == 0)
            continue;
        if (what == extended_commands)
            commands.set(driver * 256U + bit);
        else
            for (unsigned command = 0; command < 256; ++command)
                commands.set(bit * 256U + command);
    }
}

void put_extended(std::string& out, Head head, std::uint8_t what, std::uint8_t driver,
                  const Driver& bits) {
    put(out, head);
    put(out, what);
    put(out, driver);
    put(out, bits);
}

// As libsepol has them: a rule of the drivers of which every command is in COMMANDS, then one for
// each other driver, the highest first. How many there are.
std::uint32_t put_commands(std::string& out, Head head, const CommandSet& commands) {
    Driver whole = {};
    std::map<std::uint8_t, Driver, std::greater<>> parts;
    for (unsigned driver = 0; driver < 256; ++driver) {
        Driver bits = {};
        unsigned count = 0;
        for (unsigned command = 0; command < 256; ++command)
            if (commands.test(driver * 256 + command)) {
                bits[command / 32] |= 1U << command % 32;
                ++count;
            }
        if (count == 256)
            whole[driver / 32] |= 1U << driver % 32;
        else if (count > 0)
            parts.emplace(driver, bits);
    }
    const bool has_whole = whole != Driver{};
    if (has_whole)
        put_extended(out, head, extended_drivers, 0, whole);
    for (const auto& [driver, bits] : parts)
        put_extended(out, head, extended_commands, driver, bits);
    return static_cast<std::uint32_t>(parts.size()) + (has_whole ? 1 : 0);
}

// The table of rules without conditions, with what is wanted.
class Table {
  public:
    explicit Table(Wanted wanted) : wanted_(std::move(wanted)) {}

    // From IN, which stands at its count, to behind it.
    std::string rewrite(ByteCursor& in, const KernelPolicy& policy) {
        std::string out;
        std::uint32_t left = in.count(shortest_rule);
        out.reserve(std::size_t{left} * shortest_rule + 4096);
        put(out, std::uint32_t{0});
        for (; left > 0; --left)
            copy(in, read_rule(in, policy), out);
        for (const auto& [head, vector] : wanted_.vectors) {
            put(out, head);
            put(out, head >> 48U == rule_dontaudit ? ~vector : vector);
            ++rules_;
        }
        for (const auto& [head, commands] : wanted_.commands)
            rules_ += put_commands(out, head, commands);
        put_at(out, 0, rules_);
        return out;
    }

  private:
    // RULE was read from IN but for what follows an extended one. What it is joined with is wanted
    // no longer; commands of one rule may be in several, which are all written behind the others.
    void copy(ByteCursor& in, Rule rule, std::string& out) {
        const Head head = head_of(rule.key, rule.kind);
        if (rule.extended())
            return copy_extended(in, head, out);
        if (const auto found = wanted_.vectors.find(head); found != wanted_.vectors.end()) {
            // The file has the permissions of a dontaudit rule that are still audited.
            if (rule.kind == rule_dontaudit)
                rule.data &= ~found->second;
            else
                rule.data |= found->second;
            wanted_.vectors.erase(found);
        }
        put(out, head);
        put(out, rule.data);
        ++rules_;
    }

    void copy_extended(ByteCursor& in, Head head, std::string& out) {
        const std::uint8_t what = in.u8();
        const std::uint8_t driver = in.u8();
        const auto bits = in.record<Driver>();
        const auto found = wanted_.commands.find(head);
        if (found != wanted_.commands.end() &&
            (what == extended_commands || what == extended_drivers))
            return add_driver(found->second, what, driver, bits);
        put_extended(out, head, what, driver, bits);
        ++rules_;
    }

    Wanted wanted_;
    std::uint32_t rules_ = 0;
};

// RULE was read from IN but for what follows an extended one.
void skip_rest(ByteCursor& in, const Rule& rule) {
    if (rule.extended())
        in.skip(2 + sizeof(Driver));
}

void skip_unconditional(ByteCursor& in, const KernelPolicy& policy) {
    for (std::uint32_t left = in.count(shortest_rule); left > 0; --left)
        skip_rest(in, read_rule(in, policy));
}

// Rules in `if` blocks, to which IN points, must not be about what is wanted.
void check_conditional(ByteCursor& in, const KernelPolicy& policy, const Wanted& wanted) {
    for (std::uint32_t blocks = in.count(16); blocks > 0; --blocks) {
        in.skip(4); // the condition's value
        in.skip(std::size_t{in.count(8)} * 8);
        for (int branch = 0; branch < 2; ++branch)
            for (std::uint32_t left = in.count(shortest_rule); left > 0; --left) {
                const Rule rule = read_rule(in, policy);
                skip_rest(in, rule);
                if (wanted.has(head_of(rule.key, rule.kind)))
                    throw NotPatchable("a conditional rule is about the same access");
            }
    }
}

std::string patched(std::string_view image, const std::vector<PlainRule>& rules) {
    ByteCursor in(image);
    const auto policy = read_until_rules(in);
    const std::size_t begin = image.size() - in.left();
    const Wanted wanted = Resolver(*policy).resolve(rules);
    const std::string table = Table(wanted).rewrite(in, *policy);
    const std::string_view rest = image.substr(image.size() - in.left());
    check_conditional(in, *policy, wanted);
    return std::string(image.substr(0, begin)).append(table).append(rest);
}

} // namespace

std::string add_rules(std::string_view image, const std::vector<PlainRule>& rules,
                      const std::string& name) {
    try {
        return patched(image, rules);
    } catch (const Malformed& complaint) {
        throw unreadable_policy(complaint.what(), name);
    }
}

std::string obstacle_to(std::string_view image, const std::vector<PlainRule>& rules,
                        const std::string& name) {
    try {
        ByteCursor in(image);
        const auto policy = read_until_rules(in);
        const Wanted wanted = Resolver(*policy).resolve_known(rules);
        skip_unconditional(in, *policy);
        check_conditional(in, *policy, wanted);
    } catch (const NotPatchable& reason) {
        return reason.what();
    } catch (const Malformed& complaint) {
        throw unreadable_policy(complaint.what(), name);
    }
    return {};
}

} // namespace selns::selinux
