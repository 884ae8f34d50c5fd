#include "selns/selinux/context.hpp"

#include "selns/selinux/symbols.hpp"

#include <algorithm>

namespace selns::selinux {

namespace {

// The part of TEXT before SEPARATOR, which is taken off it together with the separator.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t at = text.find(separator);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return part;
}

// "c3" or "c0.c5".
bool add_categories(const policydb_t& db, std::string_view text, Level& level) {
    const auto* first = lookup<cat_datum_t>(db.p_cats.table, take(text, '.'));
    const auto* last = text.empty() ? first : lookup<cat_datum_t>(db.p_cats.table, text);
    if (first == nullptr || last == nullptr || first->s.value > last->s.value)
        return false;
    if (level.categories.size() < last->s.value)
        level.categories.resize(last->s.value);
    for (std::uint32_t value = first->s.value; value <= last->s.value; ++value)
        level.categories[value - 1] = true;
    return true;
}

// "s0:c0.c5,c9".
std::optional<Level> parse_level(const policydb_t& db, std::string_view text) {
    const auto* sensitivity = lookup<level_datum_t>(db.p_levels.table, take(text, ':'));
    if (sensitivity == nullptr || sensitivity->level == nullptr)
        return {};
    Level level{sensitivity->level->sens, {}};
    while (!text.empty())
        if (!add_categories(db, take(text, ','), level))
            return {};
    return level;
}

} // namespace

bool Level::dominates(const Level& other) const {
    if (sensitivity < other.sensitivity)
        return false;
    for (std::size_t i = 0; i < other.categories.size(); ++i)
        if (other.categories[i] && (i >= categories.size() || !categories[i]))
            return false;
    return true;
}

std::optional<SecurityContext> parse_context(const policydb_t& db, std::string_view text) {
    const auto* user = lookup<user_datum_t>(db.p_users.table, take(text, ':'));
    const auto* role = lookup<role_datum_t>(db.p_roles.table, take(text, ':'));
    const auto* type = lookup<type_datum_t>(db.p_types.table, take(text, ':'));
    if (user == nullptr || role == nullptr || type == nullptr || type->flavor == TYPE_ATTRIB)
        return {};
    SecurityContext context{user->s.value, role->s.value, type->s.value, {}};
    if (db.mls == 0)
        return context;
    const auto low = parse_level(db, take(text, '-'));
    const auto high = text.empty() ? low : parse_level(db, text);
    if (!low || !high)
        return {};
    context.range = {*low, *high};
    return context;
}

} // namespace selns::selinux
