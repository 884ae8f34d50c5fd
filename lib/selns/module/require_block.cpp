#include "selns/module/require_block.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace selns::module {

namespace {

constexpr std::array<std::string_view, 10> declaring_words = {
    "type", "attribute", "role",        "attribute_role", "user",
    "bool", "tunable",   "sensitivity", "category",       "class"};

void add_once(RequireBlock::Comments& comments, const RequireBlock::Comments& more) {
    for (const std::string& comment : more)
        if (std::ranges::find(comments, comment) == comments.end())
            comments.push_back(comment);
}

} // namespace

void RequireBlock::add(Kind kind, const std::string& name, const Comments& comments) {
    add_once(entries_[{kind, name}].comments, comments);
}

void RequireBlock::add_class(const std::string& name, const Permissions& permissions,
                             const Comments& comments) {
    Entry& entry = entries_[{Kind::object_class, name}];
    entry.permissions.insert(permissions.begin(), permissions.end());
    add_once(entry.comments, comments);
}

void RequireBlock::add_last_comments(const Comments& comments) {
    add_once(last_comments_, comments);
}

void RequireBlock::merge(const RequireBlock& other) {
    for (const auto& [key, entry] : other.entries_) {
        Entry& mine = entries_[key];
        mine.permissions.insert(entry.permissions.begin(), entry.permissions.end());
        add_once(mine.comments, entry.comments);
    }
    add_once(last_comments_, other.last_comments_);
}

bool RequireBlock::has(Kind kind, const std::string& name) const {
    return entries_.contains({kind, name});
}

void RequireBlock::remove(Kind kind, const std::string& name) {
    entries_.erase({kind, name});
}

void RequireBlock::remove_permission(const std::string& tclass, const std::string& permission) {
    const auto entry = entries_.find({Kind::object_class, tclass});
    if (entry == entries_.end())
        return;
    entry->second.permissions.erase(permission);
    if (entry->second.permissions.empty())
        entries_.erase(entry);
}

std::string RequireBlock::str() const {
    std::string text = "require {\n";
    const auto add_lines = [&text](const Comments& comments) {
        for (const std::string& comment : comments)
            text.append("\t").append(comment).append("\n");
    };
    for (const auto& [key, entry] : entries_) {
        add_lines(entry.comments);
        text.append("\t").append(declaring_words.at(static_cast<std::size_t>(key.first)));
        text.append(" ").append(key.second);
        const bool braces = entry.permissions.size() > 1;
        text.append(braces ? " {" : "");
        for (const std::string& permission : entry.permissions)
            text.append(" ").append(permission);
        text.append(braces ? " };\n" : ";\n");
    }
    add_lines(last_comments_);
    return text + "}";
}

} // namespace selns::module
