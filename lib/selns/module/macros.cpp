#include "selns/module/macros.hpp"

#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/module/parts.hpp"
#include "selns/module/plain_te.hpp"

#include <filesystem>
#include <optional>

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

std::optional<TeStatement> first_statement(std::string_view text, const std::string& file) {
    return TeParser(text, file).next();
}

// TEXT with a module statement in the place of CALL, which is policy_module()'s.
std::string with_module_statement(std::string_view text, const TeStatement& call,
                                  const std::string& name) {
    const std::string version(call.tokens.size() > 5 ? call.tokens[4].text : "1.0");
    return std::string(text.substr(0, call.begin())) + "module " + name + " " + version + ";" +
           std::string(text.substr(call.end()));
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
    PlainTe plain{std::filesystem::path(file).stem(), std::string(text)};
    const auto first = first_statement(text, file);
    if (first && first->word == "module" && first->tokens.size() > 1)
        plain.name = first->tokens[1].text;
    if (first && is_module_macro(*first) && first->tokens.size() > 3) {
        plain.name = first->tokens[2].text;
        plain.text = with_module_statement(text, *first, plain.name);
    }
    if (text.find(module_macro) != text.npos || text.find(require_macro) != text.npos)
        plain.text = print_module(read_te_module(plain.text, file, Reading::foreign), Format::te);
    return plain;
}

} // namespace selns::module
