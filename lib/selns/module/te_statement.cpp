#include "selns/module/te_statement.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/log/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace selns::module {

namespace {

constexpr std::array<std::string_view, 4> block_words = {"dominance", "if", "optional", "require"};

constexpr std::array<std::string_view, 30> simple_words = {"allow",
                                                           "allowxperm",
                                                           "attribute",
                                                           "attribute_role",
                                                           "auditallow",
                                                           "auditallowxperm",
                                                           "auditdeny",
                                                           "bool",
                                                           "dontaudit",
                                                           "dontauditxperm",
                                                           "expandattribute",
                                                           "module",
                                                           "neverallow",
                                                           "neverallowxperm",
                                                           "neveraudit",
                                                           "permissive",
                                                           "policycap",
                                                           "range_transition",
                                                           "role",
                                                           "role_transition",
                                                           "roleattribute",
                                                           "tunable",
                                                           "type",
                                                           "type_change",
                                                           "type_member",
                                                           "type_transition",
                                                           "typealias",
                                                           "typeattribute",
                                                           "typebounds",
                                                           "user"};

bool contains(const auto& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

// Checkmodule takes its words in upper case as well.
std::string folded(std::string_view text) {
    std::string word(text);
    if (log::is_te_reserved(text))
        std::ranges::transform(word, word.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
    return word;
}

char closing(char open) {
    return open == '(' ? ')' : open == '{' ? '}' : ']';
}

bool opens(const TeToken& token) {
    return token.is("(") || token.is("{") || token.is("[");
}

bool closes(const TeToken& token) {
    return token.is(")") || token.is("}") || token.is("]");
}

} // namespace

bool begins_te_statement(std::string_view text) {
    return contains(block_words, text) || contains(simple_words, text);
}

std::string TeStatement::key() const {
    std::string text;
    for (const TeToken& token : tokens)
        text.append(text.empty() ? "" : " ").append(token.text);
    return text;
}

TeParser::TeParser(std::string_view text, const std::string& file)
    : file_(file), lexer_(text, file), ahead_(lexer_.next()) {}

std::optional<TeStatement> TeParser::next() {
    if (ahead_.kind == TeToken::Kind::end)
        return {};
    statement_ = {};
    statement_.tokens.reserve(16);
    ahead_comments_.clear();
    const TeToken first = ahead_;
    if (first.kind == TeToken::Kind::word)
        statement_.word = folded(first.text);
    take();
    if (first.is(";")) {
        statement_.kind = TeStatement::Kind::blank;
    } else if (contains(block_words, statement_.word)) {
        take_block();
    } else if (contains(simple_words, statement_.word)) {
        take_simple();
    } else if (first.kind == TeToken::Kind::word && ahead_.is("(")) {
        statement_.kind = TeStatement::Kind::macro;
        take_nested();
    } else {
        fail("\"" + printable(first.text.substr(0, 60)) + "\" begins no statement of a .te module",
             first.line);
    }
    return std::move(statement_);
}

void TeParser::take() {
    statement_.tokens.push_back(ahead_);
    std::ranges::move(ahead_comments_, std::back_inserter(statement_.comments));
    ahead_ = lexer_.next();
    ahead_comments_ = lexer_.comments();
}

// From an opening sign to the closing one.
void TeParser::take_nested() {
    std::vector<TeToken> open;
    do {
        if (ahead_.kind == TeToken::Kind::end)
            fail("this \"" + std::string(open.back().text) + "\" is never closed",
                 open.back().line);
        if (opens(ahead_)) {
            open.push_back(ahead_);
        } else if (closes(ahead_)) {
            if (ahead_.text.front() != closing(open.back().text.front()))
                fail("\"" + std::string(ahead_.text) + "\" does not close the \"" +
                         std::string(open.back().text) + "\" of line " +
                         std::to_string(open.back().line),
                     ahead_.line);
            open.pop_back();
        }
        take();
    } while (!open.empty());
}

void TeParser::take_simple() {
    while (!ahead_.is(";")) {
        if (opens(ahead_)) {
            take_nested();
            continue;
        }
        if (ahead_.kind == TeToken::Kind::end)
            fail("this statement does not end with \";\"", statement_.line());
        if (closes(ahead_))
            fail("\"" + std::string(ahead_.text) + "\" closes nothing", ahead_.line);
        if (ahead_.kind == TeToken::Kind::word && begins_te_statement(folded(ahead_.text)))
            fail("the statement before \"" + std::string(ahead_.text) +
                     "\" does not end with \";\"",
                 ahead_.line);
        take();
    }
    take();
}

void TeParser::take_block() {
    statement_.kind = TeStatement::Kind::block;
    for (;;) {
        while (!ahead_.is("{")) {
            if (ahead_.is("("))
                take_nested();
            else if (ahead_.kind == TeToken::Kind::word &&
                     !begins_te_statement(folded(ahead_.text)))
                take();
            else if (ahead_.is("!") || ahead_.is("&") || ahead_.is("|") || ahead_.is("^") ||
                     ahead_.is("="))
                take();
            else
                fail("expected \"{\" after \"" + std::string(statement_.tokens.front().text) + "\"",
                     ahead_.line);
        }
        take_nested();
        if (!ahead_.is("else") && !ahead_.is("ELSE"))
            return;
        take();
    }
}

void TeParser::fail(const std::string& message, int line) const {
    throw Error(ErrorKind::invalid_input, message).at({file_, line});
}

} // namespace selns::module
