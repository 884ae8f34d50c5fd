#include "selns/module/te_rule.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/log/ioctl_names.hpp"
#include "selns/log/names.hpp"
#include "selns/module/macros.hpp"
#include "selns/module/parts.hpp"
#include "selns/module/te_cursor.hpp"
#include "selns/selinux/plain_rules.hpp"

#include <algorithm>
#include <utility>

namespace selns::module {

namespace {

constexpr std::size_t most_triples = 1000; // of one statement

// What stands where the language expects one or several names.
struct Names {
    std::vector<std::string> names;
    bool plain = true; // no "*", "~", "-", and nothing that would not be a name elsewhere
};

void read_name(TeCursor& cursor, Names& found, bool in_set) {
    std::string name = cursor.take_name(); // none that .te reserves
    found.plain = found.plain &&
                  (name == self || (log::is_name(name) && name.find('.') == std::string::npos));
    found.names.push_back(std::move(name));
    if (!in_set && cursor.skip("-")) { // "a - b"
        cursor.take_name();
        found.plain = false;
    }
}

// Names inside of braces, which may stand in each other.
void read_set(TeCursor& cursor, Names& found) {
    const int line = cursor.now().line;
    std::size_t depth = 0;
    do {
        if (cursor.skip("{")) {
            ++depth;
            if (cursor.now().is("}"))
                cursor.fail("an empty set", line);
        } else if (cursor.skip("}")) {
            --depth;
        } else if (cursor.skip("-") || cursor.skip("~") || cursor.skip("*")) {
            found.plain = false;
        } else {
            read_name(cursor, found, true);
        }
    } while (depth > 0);
}

Names read_names(TeCursor& cursor) {
    Names found;
    if (cursor.skip("*")) {
        found.plain = false;
        return found;
    }
    if (cursor.skip("~"))
        found.plain = false;
    if (cursor.now().is("{"))
        read_set(cursor, found);
    else
        read_name(cursor, found, false);
    return found;
}

bool has_self(const Names& names) {
    return std::ranges::find(names.names, self) != names.names.end();
}

struct Access {
    Names source;
    Names target;
    std::optional<Names> tclass; // none: a role allow rule
};

Access read_access(TeCursor& cursor) {
    Access access;
    access.source = read_names(cursor);
    access.target = read_names(cursor);
    if (cursor.skip(":"))
        access.tclass = read_names(cursor);
    return access;
}

std::vector<Triple> triples_of(const Access& access) {
    const Names& tclass = *access.tclass;
    const bool plain = access.source.plain && !has_self(access.source) && access.target.plain &&
                       tclass.plain && !has_self(tclass);
    const std::size_t sources = access.source.names.size();
    const std::size_t targets = access.target.names.size();
    // One by one, so that the product cannot overflow.
    if (!plain || sources > most_triples || targets > most_triples ||
        tclass.names.size() > most_triples ||
        sources * targets * tclass.names.size() > most_triples)
        return {};
    std::vector<Triple> triples;
    for (const std::string& source : access.source.names)
        for (const std::string& target : access.target.names)
            for (const std::string& name : tclass.names)
                triples.push_back({source, target, name});
    return triples;
}

// A number, or the name that m4 has for it in reference policies: TIOCSTI.
std::string read_command(TeCursor& cursor) {
    if (cursor.now().kind != TeToken::Kind::word)
        return std::string(cursor.take_number());
    const int line = cursor.now().line;
    const std::string name = cursor.take_name();
    const auto command = log::ioctl_command(name);
    if (!command)
        cursor.fail("no ioctl command is known by the name " + printable(name) +
                        "; write its number",
                    line);
    return std::to_string(*command);
}

// One command or a range of them. Whether they are plain is the answer.
bool read_range(TeCursor& cursor, Commands& commands) {
    const std::string first = read_command(cursor);
    const std::string last = cursor.skip("-") ? read_command(cursor) : first;
    return selinux::add_commands(first, last, commands);
}

std::optional<Commands> read_commands(TeCursor& cursor) {
    Commands commands;
    bool plain = !cursor.skip("~");
    if (!cursor.skip("{"))
        return read_range(cursor, commands) && plain ? std::optional(commands) : std::nullopt;
    if (cursor.now().is("}"))
        cursor.fail("an empty set", cursor.now().line);
    while (!cursor.skip("}")) {
        if (cursor.skip("~") || cursor.now().is("{"))
            return {};
        plain = read_range(cursor, commands) && plain;
    }
    return plain ? std::optional(commands) : std::nullopt;
}

// What follows the class: whether it is plain is the answer.
bool read_grant(TeCursor& cursor, bool extended, Grant& grant) {
    if (extended) {
        if (cursor.take_name() != ioctl)
            return false; // other kinds, of newer policies
        grant.commands = read_commands(cursor);
        return grant.commands.has_value() && cursor.skip(";");
    }
    const int line = cursor.now().line;
    const Names permissions = read_names(cursor);
    cursor.expect(";");
    for (const std::string& name : permissions.names)
        if (is_macro_set(name))
            throw macro_error(name, {cursor.file(), line});
    grant.permissions.insert(permissions.names.begin(), permissions.names.end());
    return permissions.plain && !has_self(permissions);
}

} // namespace

std::optional<TeRule> plain_rule(const TeStatement& statement, const std::string& file) {
    const bool extended = statement.word == "allowxperm";
    TeCursor cursor(statement, file,
                    extended ? "allowxperm SOURCE TARGET:CLASS ioctl { COMMAND ... };"
                             : "allow SOURCE TARGET:CLASS { PERMISSION ... };");
    const Access access = read_access(cursor);
    if (!access.tclass) {
        if (extended || has_self(access.source) || has_self(access.target))
            cursor.expect(":");
        cursor.expect(";");
        return {};
    }
    TeRule rule;
    const bool plain = read_grant(cursor, extended, rule.grant);
    for (const std::string& name : access.tclass->names)
        if (is_macro_set(name))
            throw macro_error(name, {file, statement.line()});
    rule.triples = triples_of(access);
    if (!plain || rule.triples.empty())
        return {};
    return rule;
}

} // namespace selns::module
