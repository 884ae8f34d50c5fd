#include "selns/module/print_rules.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

namespace selns::module {

namespace {

// checkmodule does not take a line of 8192 bytes or more.
constexpr std::size_t longest_line = 4000;
constexpr std::size_t bare_rule_size = 160; // of a rule

using Range = std::pair<std::uint16_t, std::uint16_t>;

std::vector<Range> ranges_of(const Commands& commands) {
    std::vector<Range> ranges;
    for (const std::uint16_t command : commands) {
        if (!ranges.empty() && ranges.back().second + 1 == command)
            ranges.back().second = command;
        else
            ranges.emplace_back(command, command);
    }
    return ranges;
}

std::vector<std::string> to_words(const Commands& commands, Format format) {
    std::vector<std::string> words;
    for (const auto& [first, last] : ranges_of(commands)) {
        if (first == last)
            words.push_back(fmt::format("0x{:04x}", first));
        else if (format == Format::te)
            words.push_back(fmt::format("0x{:04x}-0x{:04x}", first, last));
        else
            words.push_back(fmt::format("(range 0x{:04x} 0x{:04x})", first, last));
    }
    return words;
}

std::string joined(const Permissions& permissions) {
    std::string text;
    for (const std::string& permission : permissions)
        text.append(text.empty() ? "" : " ").append(permission);
    return text;
}

// "{ a b }", or "a" alone.
std::string te_set(const Permissions& permissions) {
    return permissions.size() == 1 ? *permissions.begin() : "{ " + joined(permissions) + " }";
}

// The same for commands. A range wants the braces.
std::string te_set(const Commands& commands) {
    const std::vector<std::string> words = to_words(commands, Format::te);
    if (commands.size() == 1)
        return words.front();
    std::string text = "{";
    std::size_t line = 0;
    for (const std::string& word : words) {
        const bool wrap = text.size() - line > longest_line;
        line = wrap ? text.size() : line;
        text.append(wrap ? "\n\t" : " ").append(word);
    }
    return text + " }";
}

std::string te_rule(const Triple& triple, const Grant& grant) {
    const std::string subject = triple.source + " " + triple.target + ":" + triple.tclass + " ";
    std::string text;
    if (!grant.permissions.empty())
        text = "allow " + subject + te_set(grant.permissions) + ";";
    if (grant.commands)
        text += (text.empty() ? "" : "\n") + ("allowxperm " + subject) + "ioctl " +
                te_set(*grant.commands) + ";";
    return text;
}

std::string cil_rule(const Triple& triple, const Grant& grant) {
    std::string text;
    if (!grant.permissions.empty())
        text = to_cil(triple, grant.permissions);
    if (grant.commands)
        text += (text.empty() ? "" : "\n") + ("(allowx " + triple.source) + " " + triple.target +
                " (ioctl " + triple.tclass + " (" +
                join(to_words(*grant.commands, Format::cil), " ") + ")))";
    return text;
}

} // namespace

std::string to_cil(const Triple& triple, const Permissions& permissions) {
    std::string text;
    text.reserve(bare_rule_size);
    text.append("(allow ").append(triple.source).append(" ").append(triple.target);
    text.append(" (").append(triple.tclass).append(" (");
    bool first = true;
    for (const std::string& permission : permissions) {
        text.append(first ? "" : " ").append(permission);
        first = false;
    }
    return text.append(")))");
}

std::string to_text(const Triple& triple, const Grant& grant, Format format) {
    return format == Format::te ? te_rule(triple, grant) : cil_rule(triple, grant);
}

std::string to_text(const Commands& commands) {
    return join(to_words(commands, Format::te), " ");
}

} // namespace selns::module
