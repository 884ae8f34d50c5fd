#include "selns/selinux/policy_reader.hpp"

#include <algorithm>

namespace selns::selinux {

namespace {

constexpr std::uint32_t magic = 0xf97cff8c;
constexpr std::string_view target = "SE Linux"; // "XenFlask" has other contexts
constexpr std::uint32_t symbol_tables = 8;
constexpr std::uint32_t context_tables = 9;
constexpr std::uint32_t context_tables_before_infiniband = 7;

constexpr std::uint32_t config_mls = 1;
constexpr std::uint32_t config_reject_unknown = 2;
constexpr std::uint32_t config_allow_unknown = 4;

std::uint32_t context_tables_of(const KernelPolicy& policy) {
    return policy.version >= version_infiniband ? context_tables : context_tables_before_infiniband;
}

HandleUnknown handle_unknown(std::uint32_t config) {
    if ((config & config_reject_unknown) != 0)
        return HandleUnknown::reject;
    return (config & config_allow_unknown) != 0 ? HandleUnknown::allow : HandleUnknown::deny;
}

void read_header(ByteCursor& in, KernelPolicy& policy) {
    require(in.u32() == magic, "it does not begin as one");
    require(in.text(in.count(1)) == target, "it is not made for Linux");
    policy.version = in.u32();
    if (policy.version < oldest_readable_version || policy.version > newest_readable_version)
        throw Malformed("it has version " + std::to_string(policy.version));
    const std::uint32_t config = in.u32();
    policy.mls = (config & config_mls) != 0;
    policy.handle_unknown = handle_unknown(config);
    require(in.u32() == symbol_tables && in.u32() == context_tables_of(policy),
            "it has another number of tables");
    skip_set(in); // capabilities of the policy
    skip_set(in); // permissive types
    if (policy.version >= version_never_audited)
        policy.never_audited = read_set(in);
}

// The type of a context; 0 for one that there is not.
std::uint32_t read_context_type(ByteCursor& in, const KernelPolicy& policy) {
    in.skip(8); // user, role
    const std::uint32_t type = in.u32();
    read_range(in);
    const Type* found = policy.types.find(type);
    return found == nullptr || found->attribute ? 0 : type;
}

void skip_context(ByteCursor& in) {
    in.skip(12); // user, role, type
    read_range(in);
}

void skip_text(ByteCursor& in) {
    in.skip(in.u32());
}

// The tables of contexts, by number.
enum ContextTable : std::uint32_t {
    file_system = 1,
    port,
    interface,
    node,
    fs_use,
    node6,
    pkey,
    endport
};

// Each with what is before an entry's contexts.
void skip_context_table(ByteCursor& in, std::uint32_t table) {
    for (std::uint32_t left = in.count(12); left > 0; --left) {
        switch (table) {
        case file_system:
        case interface:
            skip_text(in);
            skip_context(in); // of the messages or files; these have two
            break;
        case port:
            in.skip(12); // protocol, from, to
            break;
        case node:
            in.skip(8); // address, mask
            break;
        case node6:
            in.skip(32); // address, mask
            break;
        case pkey:
            in.skip(16); // subnet prefix, from, to
            break;
        default: { // endport
            const std::uint32_t size = in.u32();
            in.skip(4); // number
            in.skip(size);
        }
        }
        skip_context(in);
    }
}

void read_fs_uses(ByteCursor& in, KernelPolicy& policy) {
    for (std::uint32_t left = in.count(12); left > 0; --left) {
        const auto behaviour = static_cast<FsUse::Behaviour>(in.u32());
        const std::string_view name = policy.names.keep(in.text(in.u32()));
        policy.fs_uses.push_back({behaviour, name, read_context_type(in, policy)});
    }
}

void read_initial_sids(ByteCursor& in, KernelPolicy& policy) {
    for (std::uint32_t left = in.count(12); left > 0; --left) {
        const std::uint32_t number = in.u32();
        policy.initial_types.emplace_back(number, read_context_type(in, policy));
    }
}

void skip_filename_transitions(ByteCursor& in) {
    for (std::uint32_t left = in.count(20); left > 0; --left) {
        skip_text(in);
        in.skip(16); // source, target, class, new type
    }
}

// Version 33 has a set of source types for each new type.
void skip_filename_transition_sets(ByteCursor& in) {
    for (std::uint32_t left = in.count(16); left > 0; --left) {
        skip_text(in);
        in.skip(8); // target, class
        for (std::uint32_t sets = in.count(16); sets > 0; --sets) {
            skip_set(in);
            in.skip(4); // new type
        }
    }
}

void read_genfs(ByteCursor& in, KernelPolicy& policy) {
    for (std::uint32_t left = in.count(8); left > 0; --left) {
        const std::string_view name = policy.names.keep(in.text(in.u32()));
        for (std::uint32_t paths = in.count(8); paths > 0; --paths) {
            skip_text(in);
            in.skip(4); // class
            policy.file_systems.emplace_back(name, read_context_type(in, policy));
        }
    }
}

void skip_range_transitions(ByteCursor& in) {
    for (std::uint32_t left = in.count(12); left > 0; --left) {
        in.skip(12); // source, target, class
        read_range(in);
    }
}

} // namespace

// Policies without MLS have ranges, too.
Range read_range(ByteCursor& in) {
    const std::uint32_t levels = in.u32();
    require(levels == 1 || levels == 2, "a range has neither one level nor two");
    Range range;
    range[0].sensitivity = in.u32();
    range[1].sensitivity = levels == 2 ? in.u32() : range[0].sensitivity;
    range[0].categories = read_set(in);
    range[1].categories = levels == 2 ? read_set(in) : range[0].categories;
    return range;
}

void read_role_rules(ByteCursor& in, KernelPolicy& policy) {
    const std::uint32_t transition = policy.version >= version_role_transition_class ? 16 : 12;
    const std::uint32_t transitions = in.count(transition);
    in.skip(std::size_t{transitions} * transition);
    const std::uint32_t allows = in.count(8);
    policy.role_allows.reserve(allows);
    for (std::uint32_t i = 0; i < allows; ++i) {
        const std::uint32_t from = in.u32();
        policy.role_allows.emplace_back(from, in.u32());
    }
    std::ranges::sort(policy.role_allows);
}

void read_labelling(ByteCursor& in, KernelPolicy& policy) {
    if (policy.version >= version_filename_transition_sets)
        skip_filename_transition_sets(in);
    else if (policy.version >= version_filename_transitions)
        skip_filename_transitions(in);
    read_initial_sids(in, policy);
    for (std::uint32_t table = 1; table < context_tables_of(policy); ++table)
        if (table == fs_use)
            read_fs_uses(in, policy);
        else
            skip_context_table(in, table);
    read_genfs(in, policy);
    skip_range_transitions(in);
}

// Files leave it open whether a type is among its own attributes.
void read_type_attributes(ByteCursor& in, KernelPolicy& policy) {
    TypeAttributes& attributes = policy.type_attributes;
    const std::uint32_t types = policy.types.highest();
    attributes.reserve(types);
    for (std::uint32_t type = 1; type <= types; ++type) {
        bool itself = false;
        const auto add = [&](std::uint32_t bit) {
            require(bit < types, "a type has an attribute that there is not");
            if (!itself && bit >= type - 1) {
                attributes.add(type);
                itself = true;
                if (bit == type - 1)
                    return;
            }
            attributes.add(bit + 1);
        };
        read_words(in, [&add](const BitSetWord& word) { for_each_bit(word, add); });
        if (!itself)
            attributes.add(type);
        attributes.next();
    }
}

std::unique_ptr<KernelPolicy> read_until_rules(ByteCursor& in) {
    auto policy = std::make_unique<KernelPolicy>();
    read_header(in, *policy);
    read_symbols(in, *policy);
    return policy;
}

std::unique_ptr<const KernelPolicy> read_kernel_policy(std::string_view image) {
    ByteCursor in(image);
    auto policy = read_until_rules(in);
    read_rules(in, *policy);
    read_role_rules(in, *policy);
    read_labelling(in, *policy);
    read_type_attributes(in, *policy);
    check_references(*policy);
    return policy;
}

} // namespace selns::selinux
