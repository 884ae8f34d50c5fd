#include "selns/module/macros.hpp"

#include "selns/base/text.hpp"
#include "selns/log/ioctl_names.hpp"
#include "selns/log/names.hpp"
#include "selns/module/parts.hpp"
#include "selns/module/plain_te.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

namespace selns::module {

namespace {

// In whatever a call is nested. In conditions, "(" follows signs and words that are reserved.
void refuse_calls(std::string_view text, const std::string& file) {
    TeLexer lexer(text, file);
    TeToken before;
    for (TeToken token = lexer.next(); token.kind != TeToken::Kind::end; token = lexer.next()) {
        const bool call = token.is("(") && before.kind == TeToken::Kind::word &&
                          !log::is_te_reserved(before.text) && before.text != module_macro &&
                          before.text != require_macro;
        if (call)
            throw macro_error(before.text, {file, before.line});
        if (token.kind == TeToken::Kind::word && is_macro_set(token.text))
            throw macro_error(token.text, {file, token.line});
        before = token;
    }
}

// Changes of TEXT that leave its lines where they are.
class Edits {
  public:
    explicit Edits(std::string_view text) : text_(text) {}

    // What is replaced follows what was replaced before.
    void replace(std::size_t begin, std::size_t end, std::string_view by) {
        result_.append(text_.substr(at_, begin - at_)).append(by);
        at_ = end;
    }
    // With the line feeds that are in its place.
    void replace_lines(std::size_t begin, std::size_t end, const std::string& by) {
        const auto feeds = [](std::string_view text) { return std::ranges::count(text, '\n'); };
        const auto missing = feeds(text_.substr(begin, end - begin)) - feeds(by);
        replace(begin, end,
                by + std::string(static_cast<std::size_t>(std::max(missing, {})), '\n'));
    }
    std::string finish() { return std::exchange(result_, {}).append(text_.substr(at_)); }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::string result_;
};

// What a module of a reference policy requires without saying so, on one line: classes, and a role.
std::string implied_requirements(const ModuleParts& parts) {
    RequireBlock require;
    require.add(RequireBlock::Kind::role, "system_r");
    for (const auto& [triple, rule] : parts.rules) {
        require.add_class(triple.tclass, rule.grant.permissions);
        if (rule.grant.commands)
            require.add_class(triple.tclass, {std::string(ioctl)});
    }
    std::string text = require.str();
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return text;
}

// checkmodule knows no names of ioctl commands.
void replace_commands(const TeStatement& statement, Edits& edits) {
    bool commands = false;
    for (const TeToken& token : statement.tokens) {
        const auto command = commands && token.kind == TeToken::Kind::word
                                 ? log::ioctl_command(token.text)
                                 : std::nullopt;
        if (command)
            edits.replace(token.begin, token.past(), fmt::format("{:#x}", *command));
        commands = commands || token.text == ioctl;
    }
}

} // namespace

Error macro_error(std::string_view name, const Location& at) {
    return Error(ErrorKind::invalid_input,
                 printable(name) +
                     " is a macro of a reference policy, which only that policy's m4 files expand")
        .at(at)
        .hint("where these are (Debian: selinux-policy-dev, Fedora: selinux-policy-devel), `make "
              "-f /usr/share/selinux/devel/Makefile NAME.pp` makes a package: name that instead");
}

bool is_macro_set(std::string_view name) {
    return name.ends_with("_perms") || name.ends_with("_class_set");
}

bool is_module_macro(const TeStatement& statement) {
    return statement.kind == TeStatement::Kind::macro && statement.word == module_macro;
}

bool is_require_macro(const TeStatement& statement) {
    return statement.kind == TeStatement::Kind::macro && statement.word == require_macro &&
           statement.tokens.size() == 4 && statement.tokens[2].kind == TeToken::Kind::quoted;
}

PlainTe plain_te(std::string_view text, const std::string& file) {
    refuse_calls(text, file);
    const ModuleParts parts = read_te_module(text, file, Reading::foreign);
    PlainTe plain{std::filesystem::path(file).stem(), {}};
    Edits edits(text);
    TeParser parser(text, file);
    while (const auto statement = parser.next()) {
        const auto& tokens = statement->tokens;
        if (is_module_macro(*statement)) {
            plain.name = tokens[2].text;
            const std::string version(tokens.size() > 5 ? tokens[4].text : "1.0");
            edits.replace_lines(statement->begin(), statement->end(),
                                "module " + plain.name + " " + version + "; " +
                                    implied_requirements(parts));
        } else if (statement->word == "module") {
            plain.name = tokens[1].text;
        } else if (is_require_macro(*statement)) {
            const std::string_view quoted = tokens[2].text;
            edits.replace_lines(statement->begin(), statement->end(),
                                "require {" + std::string(quoted.substr(1, quoted.size() - 2)) +
                                    "}");
        } else if (statement->word.ends_with("xperm")) {
            replace_commands(*statement, edits);
        }
    }
    plain.text = edits.finish();
    return plain;
}

} // namespace selns::module
