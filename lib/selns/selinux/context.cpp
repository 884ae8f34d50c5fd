#include "selns/selinux/context.hpp"

#include <algorithm>

namespace selns::selinux {

namespace {

// The part of TEXT before SEPARATOR, which is taken off it together with the separator. What is
// left is nothing when there is no separator.
std::string_view take(std::optional<std::string_view>& text, char separator) {
    const std::string_view all = *text;
    const std::size_t at = all.find(separator);
    text.reset();
    if (at != std::string_view::npos)
        text = all.substr(at + 1);
    return all.substr(0, at);
}

// "c3" or "c0.c5".
bool add_categories(const KernelPolicy& policy, std::optional<std::string_view> text,
                    Level& level) {
    const Category* first = policy.categories.find(take(text, '.'));
    const Category* last = text ? policy.categories.find(*text) : first;
    if (first == nullptr || last == nullptr || (text && first->value >= last->value))
        return false;
    level.categories.insert(first->value - 1, last->value - 1);
    return true;
}

std::optional<Level> parse_level(const KernelPolicy& policy, std::string_view sensitivity,
                                 std::optional<std::string_view> categories) {
    const Sensitivity* found = policy.sensitivities.find(sensitivity);
    if (found == nullptr)
        return {};
    Level level{found->value, {}};
    while (categories)
        if (!add_categories(policy, take(categories, ','), level))
            return {};
    return level;
}

// "s0:c0.c5,c9-s3:c0.c1023".
std::optional<Range> parse_range(const KernelPolicy& policy, std::string_view text) {
    std::optional<std::string_view> high = text;
    std::optional<std::string_view> low = take(high, '-');
    const std::string_view low_sensitivity = take(low, ':');
    const auto low_level = parse_level(policy, low_sensitivity, low);
    if (!low_level)
        return {};
    if (!high)
        return Range{*low_level, *low_level};
    const std::string_view high_sensitivity = take(high, ':');
    if (high)
        high = high->substr(0, high->find('-'));
    const auto high_level = parse_level(policy, high_sensitivity, high);
    if (!high_level)
        return {};
    return Range{*low_level, *high_level};
}

bool valid_range(const KernelPolicy& policy, const Range& range) {
    return range[1].dominates(range[0]) && std::ranges::all_of(range, [&](const Level& level) {
               return policy.sensitivities.at(level.sensitivity)
                   .level.categories.includes(level.categories);
           });
}

} // namespace

std::optional<SecurityContext> parse_context(const KernelPolicy& policy, std::string_view text) {
    std::optional<std::string_view> rest = text;
    const User* user = policy.users.find(take(rest, ':'));
    const Role* role = rest ? policy.roles.find(take(rest, ':')) : nullptr;
    const Type* type = rest ? policy.find_type(take(rest, ':')) : nullptr;
    if (user == nullptr || role == nullptr || type == nullptr || rest.has_value() != policy.mls)
        return {};
    SecurityContext context{user->value, role->value, type->value, {}};
    if (!policy.mls)
        return context;
    auto range = parse_range(policy, *rest);
    if (!range)
        return {};
    context.range = *std::move(range);
    return context;
}

bool goes_together(const KernelPolicy& policy, const SecurityContext& context) {
    if (policy.mls && !valid_range(policy, context.range))
        return false;
    if (context.role == object_role_value)
        return true;
    const User& user = policy.users.at(context.user);
    if (!user.roles.contains(context.role - 1) ||
        !policy.roles.at(context.role).types.contains(context.type - 1))
        return false;
    return !policy.mls ||
           (context.range[0].dominates(user.range[0]) && user.range[1].dominates(context.range[1]));
}

} // namespace selns::selinux
