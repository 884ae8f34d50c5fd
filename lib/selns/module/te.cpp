#include "selns/log/names.hpp"
#include "selns/module/head.hpp"
#include "selns/module/macros.hpp"
#include "selns/module/parts.hpp"
#include "selns/module/te_rule.hpp"

#include <filesystem>
#include <tuple>
#include <utility>

namespace selns::module {

namespace {

class TeReader {
  public:
    TeReader(std::string_view text, const std::string& file, Reading reading)
        : text_(text), file_(file), reading_(reading), parser_(text, file),
          head_(text, Format::te) {}

    ModuleParts run() {
        while (auto statement = parser_.next())
            take(*statement);
        if (parts_.require.empty()) // it is not written, so its place would be lost
            head_.forget_require();
        std::tie(parts_.head, parts_.tail) = head_.finish();
        if (!named_)
            add_module_statement();
        return std::move(parts_);
    }

  private:
    void take(const TeStatement& statement) {
        const std::string& word = statement.word;
        if (statement.kind == TeStatement::Kind::blank)
            head_.keep(statement.begin(), statement.end());
        else if (word == "module" || word == module_macro)
            take_module(statement);
        else if (word == "require" || is_require_macro(statement))
            take_require(statement);
        else if (word == "allow" || word == "allowxperm")
            take_rule(statement);
        else
            keep(statement);
        first_ = false;
    }

    void take_module(const TeStatement& statement) {
        if (named_)
            fail("a second module statement", statement.line());
        if (!first_)
            fail("the module statement has to be the first one", statement.line());
        const bool macro = statement.kind == TeStatement::Kind::macro;
        const std::size_t at = macro ? 2 : 1;
        const auto& tokens = statement.tokens;
        const bool sound = tokens.size() > at + 1 && tokens[at].kind == TeToken::Kind::word &&
                           log::is_te_name(tokens[at].text) &&
                           (macro || (tokens.size() == 4 && is_version(tokens[2])));
        if (!sound)
            fail("expected module NAME VERSION;", statement.line());
        check_name(tokens[at]);
        named_ = true;
        head_.keep(statement.begin(), statement.end());
        head_.end_of_module_statement();
    }

    static bool is_version(const TeToken& token) { return token.kind == TeToken::Kind::number; }

    void check_name(const TeToken& name) const {
        const std::string stem = std::filesystem::path(file_).stem();
        if (reading_ == Reading::own && name.text != stem)
            throw Error(ErrorKind::invalid_input,
                        "the module is called \"" + std::string(name.text) + "\", its file \"" +
                            stem + "\"; checkmodule wants one name for both")
                .at({file_, name.line})
                .hint("rename the file to " + std::string(name.text) + ".te, or the module to " +
                      stem);
    }

    void take_require(const TeStatement& statement) {
        if (is_require_macro(statement))
            read_quoted_require(statement.tokens[2]);
        else
            read_require(statement, file_, parts_.require);
        head_.take_require(statement.begin(), statement.end());
    }

    // What m4 would make of it, at the same lines.
    void read_quoted_require(const TeToken& quoted) {
        const std::string text = std::string(static_cast<std::size_t>(quoted.line - 1), '\n') +
                                 "require {" +
                                 std::string(quoted.text.substr(1, quoted.text.size() - 2)) + "}";
        if (const auto statement = TeParser(text, file_).next())
            read_require(*statement, file_, parts_.require);
    }

    void take_rule(const TeStatement& statement) {
        const auto rule = plain_rule(statement, file_);
        if (!rule)
            return keep(statement);
        std::vector<std::string> comments = head_.take_rule(statement.begin(), statement.end());
        for (const TeComment& comment : statement.comments)
            comments.emplace_back(comment.text);
        for (const Triple& triple : rule->triples)
            add_rule(parts_, triple, rule->grant, comments, Format::te, {file_, statement.line()});
    }

    void keep(const TeStatement& statement) {
        head_.keep(statement.begin(), statement.end());
        parts_.statements.push_back(
            {statement.key(),
             std::string(text_.substr(statement.begin(), statement.end() - statement.begin())),
             {file_, statement.line()}});
        const TeDeclared declared = declared_by(statement);
        for (const std::string& name : declared.types)
            refuse_dots(name, {file_, statement.line()});
        parts_.declared_types.insert(declared.types.begin(), declared.types.end());
        parts_.declared.insert(declared.types.begin(), declared.types.end());
        parts_.declared.insert(declared.others.begin(), declared.others.end());
    }

    void add_module_statement() {
        if (reading_ == Reading::foreign)
            return;
        parts_.head = te_module_statement(file_) + "\n\n" + parts_.head;
        if (parts_.require.empty() && !parts_.tail.empty())
            parts_.tail.insert(0, "\n\n");
    }

    [[noreturn]] void fail(const std::string& message, int line) const {
        throw Error(ErrorKind::invalid_input, message).at({file_, line});
    }

    std::string_view text_;
    const std::string& file_;
    Reading reading_;
    TeParser parser_;
    HeadBuilder head_;
    ModuleParts parts_;
    bool first_ = true;
    bool named_ = false;
};

} // namespace

std::string te_module_statement(const std::string& file) {
    const std::string name = std::filesystem::path(file).stem();
    if (!log::is_te_name(name))
        throw Error(ErrorKind::invalid_input, "no .te module can have this name")
            .at({file})
            .hint("a module is named like its file: letters, digits, \"_\" and \"-\", beginning "
                  "with a letter, and no word of the language");
    return "module " + name + " 1.0;";
}

ModuleParts read_te_module(std::string_view text, const std::string& file, Reading reading) {
    try {
        return TeReader(text, file, reading).run();
    } catch (Error& error) {
        if (error.hint().empty())
            error.hint(
                "a local module whose name ends in .te is what `checkmodule -M -m` compiles");
        throw;
    }
}

} // namespace selns::module
