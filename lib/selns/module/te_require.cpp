#include "selns/module/te_cursor.hpp"
#include "selns/module/te_rule.hpp"

#include <array>
#include <utility>

namespace selns::module {

namespace {

using Kind = RequireBlock::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 9> kinds = {{
    {"type", Kind::type},
    {"attribute", Kind::attribute},
    {"role", Kind::role},
    {"attribute_role", Kind::attribute_role},
    {"user", Kind::user},
    {"bool", Kind::boolean},
    {"tunable", Kind::tunable},
    {"sensitivity", Kind::sensitivity},
    {"category", Kind::category},
}};

// Reads the block's items; a comment belongs to the item whose beginning or end it precedes.
class RequireReader {
  public:
    RequireReader(const TeStatement& statement, const std::string& file, RequireBlock& require)
        : statement_(statement), require_(require),
          cursor_(statement, file,
                  "a require block like { type NAME; class NAME { PERMISSION ... }; }") {}

    void run() {
        cursor_.expect("{");
        if (cursor_.now().is("}"))
            cursor_.fail("an empty require block, which checkmodule does not take",
                         cursor_.now().line);
        while (!cursor_.skip("}"))
            if (!cursor_.skip(";"))
                read_item();
        require_.add_last_comments(comments_before(statement_.end()));
    }

  private:
    RequireBlock::Comments comments_before(std::size_t end) {
        RequireBlock::Comments comments;
        for (; comment_ < statement_.comments.size() && statement_.comments[comment_].begin < end;
             ++comment_)
            comments.emplace_back(statement_.comments[comment_].text);
        return comments;
    }

    void read_item() {
        if (cursor_.skip("class") || cursor_.skip("CLASS"))
            return read_class();
        for (const auto& [word, kind] : kinds)
            if (cursor_.skip(word))
                return read_names(kind);
        cursor_.fail();
    }

    void read_class() {
        const std::string name = cursor_.take_name();
        Permissions permissions;
        if (cursor_.skip("{")) {
            while (!cursor_.skip("}"))
                permissions.insert(cursor_.take_name());
        } else {
            permissions.insert(cursor_.take_name());
        }
        if (permissions.empty())
            cursor_.fail();
        require_.add_class(name, permissions, comments_before(end_of_item()));
    }

    void read_names(Kind kind) {
        std::vector<std::string> names = {cursor_.take_name()};
        while (cursor_.skip(","))
            names.push_back(cursor_.take_name());
        RequireBlock::Comments comments = comments_before(end_of_item());
        for (const std::string& name : names)
            require_.add(kind, name, std::exchange(comments, {}));
    }

    // With the comment behind it, which ends where its line does.
    std::size_t end_of_item() {
        const TeToken last = cursor_.now();
        cursor_.expect(";");
        std::size_t end = last.past();
        const bool line_ends = cursor_.now().line > last.line;
        if (line_ends && comment_ < statement_.comments.size())
            for (std::size_t i = comment_; i < statement_.comments.size(); ++i)
                if (statement_.comments[i].line == last.line)
                    end = statement_.comments[i].begin + 1;
        return end;
    }

    const TeStatement& statement_;
    RequireBlock& require_;
    TeCursor cursor_;
    std::size_t comment_ = 0; // the first that has not been taken
};

void add_names(const std::vector<TeToken>& tokens, std::size_t from, std::set<std::string>& names) {
    for (std::size_t i = from; i < tokens.size() && !tokens[i].is(",") && !tokens[i].is(";"); ++i)
        if (tokens[i].kind == TeToken::Kind::word)
            names.emplace(tokens[i].text);
}

} // namespace

void read_require(const TeStatement& statement, const std::string& file, RequireBlock& require) {
    RequireReader(statement, file, require).run();
}

TeDeclared declared_by(const TeStatement& statement) {
    TeDeclared declared;
    const std::string& word = statement.word;
    const auto& tokens = statement.tokens;
    if (tokens.size() < 2 || tokens[1].kind != TeToken::Kind::word)
        return declared;
    if (word == "type")
        declared.types.emplace(tokens[1].text);
    else if (word == "attribute")
        declared.others.emplace(tokens[1].text);
    if ((word == "type" || word == "typealias") && tokens.size() > 3 &&
        (tokens[2].is("alias") || tokens[2].is("ALIAS")))
        add_names(tokens, 3, declared.others);
    return declared;
}

} // namespace selns::module
