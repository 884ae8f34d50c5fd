#include "selns/module/grants.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace selns::module {

namespace {

bool allows_all_commands(const Grant& grant) {
    return !grant.commands && grant.permissions.contains(ioctl);
}

template <typename Set>
Set minus(const Set& all, const Set& known) {
    Set rest;
    std::ranges::set_difference(all, known, std::inserter(rest, rest.end()));
    return rest;
}

template <typename Set>
Set common(const Set& a, const Set& b) {
    Set both;
    std::ranges::set_intersection(a, b, std::inserter(both, both.end()));
    return both;
}

void join_commands(Grant& into, const Grant& other) {
    if (!other.commands)
        return;
    if (!into.commands)
        into.commands.emplace();
    into.commands->insert(other.commands->begin(), other.commands->end());
}

// INTO's permissions are still its own.
void join_unseen(Grant& into, const Grant& other) {
    Permissions unseen;
    for (const auto& [one, two] :
         {std::pair<const Grant*, const Grant*>(&into, &other), {&other, &into}})
        for (const std::string& permission : one->unseen)
            if (!two->permissions.contains(permission) || two->unseen.contains(permission))
                unseen.insert(permission);
    into.unseen = std::move(unseen);
}

} // namespace

GrantChange join_grant(Grant& into, const Grant& other) {
    join_unseen(into, other);
    GrantChange change;
    change.added = minus(other.permissions, into.permissions);
    if (allows_all_commands(into) || allows_all_commands(other)) {
        change.all_commands = into.commands.has_value();
        into.commands.reset();
    } else if (other.commands) {
        change.commands = minus(*other.commands, into.commands.value_or(Commands()));
        join_commands(into, other);
    }
    into.permissions.insert(change.added.begin(), change.added.end());
    return change;
}

Grant together(const Grant& a, const Grant& b) {
    Grant both = a;
    join_unseen(both, b);
    both.permissions.insert(b.permissions.begin(), b.permissions.end());
    join_commands(both, b);
    both.seen.merge(b.seen);
    return both;
}

GrantLoss subtract(Grant& from, const Grant& other) {
    GrantLoss loss;
    loss.permissions = common(from.permissions, other.permissions);
    const bool some_commands = other.commands.has_value();
    if (some_commands)
        loss.permissions.erase(ioctl);
    if (from.commands && some_commands) {
        loss.commands = common(*from.commands, *other.commands);
        from.commands = minus(*from.commands, loss.commands);
    } else if (from.commands && other.permissions.contains(ioctl)) {
        loss.commands = std::exchange(from.commands, {}).value();
    }
    // Without commands there is no ioctl: left alone, it would allow all of them.
    if (!loss.commands.empty() && (!from.commands || from.commands->empty())) {
        from.commands.reset();
        if (from.permissions.contains(ioctl)) {
            loss.permissions.insert(ioctl);
            loss.commands.clear();
        }
    }
    for (const std::string& permission : loss.permissions) {
        from.permissions.erase(permission);
        from.unseen.erase(permission);
    }
    return loss;
}

bool grants_nothing(const Grant& grant) {
    return grant.permissions.empty() && !grant.commands;
}

} // namespace selns::module
