#include "selns/module/given_access.hpp"
#include "selns/module/te_lexer.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace selns::module {

namespace {

// Looks for what gives something, whatever it is nested in.
class TeGiven {
  public:
    TeGiven(std::string_view text, const std::string& file)
        : file_(file), lexer_(text, file), now_(lexer_.next()) {}

    Given run() {
        while (now_.kind != TeToken::Kind::end)
            statement(take());
        for (GivenAccess& access : given_.accesses)
            for (auto* names : {&access.sources, &access.targets})
                *names = expanded(*names);
        return std::move(given_);
    }

  private:
    using Names = std::vector<std::string>;

    void statement(const TeToken& word) {
        at_ = {file_, word.line, 0};
        if (word.is("require"))
            skip_block();
        else if (word.is("allow") || word.is("allowxperm"))
            allow(word.is("allowxperm"));
        else if (word.is("typeattribute"))
            attributes(names());
        else if (word.is("permissive"))
            given_.attributes.push_back({names(), {"permissive"}, {}, {}, at_});
        else if (word.is("type"))
            declaration();
        else if (word.is("typealias"))
            alias(names());
    }

    void skip_block() {
        int depth = 0;
        do {
            const TeToken token = take();
            depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
        } while (depth > 0 && now_.kind != TeToken::Kind::end);
    }

    TeToken take() {
        const TeToken token = now_;
        now_ = lexer_.next();
        return token;
    }

    bool skip(std::string_view sign) {
        const bool here = now_.is(sign);
        if (here)
            take();
        return here;
    }

    // One name or a set; of a complement, all.
    Names names() {
        Names found;
        int depth = 0;
        bool all = false;
        do {
            if (now_.kind == TeToken::Kind::end || now_.is(";") || now_.is(":"))
                break;
            const TeToken token = take();
            if (token.is("{") || token.is("}"))
                depth += token.is("{") ? 1 : -1;
            else if (token.is("*"))
                all = true;
            else if (token.is("~")) {
                names();
                return {"*"};
            } else if (token.is("-"))
                take();
            else
                found.emplace_back(token.text);
        } while (depth > 0);
        return all ? Names{"*"} : found;
    }

    void allow(bool extended) {
        GivenAccess access{names(), names(), {}, {}, at_};
        if (!skip(":"))
            return;
        const Names classes = names();
        access.permissions = extended ? Names{"ioctl"} : names();
        for (const std::string& tclass : classes) {
            access.tclass = tclass;
            given_.accesses.push_back(access);
        }
    }

    // What follows TYPES: ATTRIBUTE, ...
    void attributes(const Names& types) {
        given_.changed.insert(types.begin(), types.end());
        do
            for (const std::string& attribute : names()) {
                members_[attribute].insert(types.begin(), types.end());
                given_.attributes.push_back({types, {attribute}, {}, {}, at_});
            }
        while (skip(","));
    }

    // After "type": NAME alias ALIAS, ATTRIBUTE, ...;
    void declaration() {
        const Names types = names();
        given_.changed.insert(types.begin(), types.end());
        if (skip("alias"))
            names();
        if (skip(","))
            attributes(types);
    }

    // What follows TYPES: alias NAME;
    void alias(const Names& types) {
        if (skip("alias"))
            for (const std::string& name : names())
                members_[name].insert(types.begin(), types.end());
    }

    // With the types that this module puts into an attribute.
    Names expanded(const Names& names) const {
        Names all = names;
        for (const std::string& name : names)
            if (const auto members = members_.find(name); members != members_.end())
                all.insert(all.end(), members->second.begin(), members->second.end());
        return all;
    }

    const std::string& file_;
    TeLexer lexer_;
    TeToken now_;
    Location at_;
    std::map<std::string, std::set<std::string>, std::less<>> members_;
    Given given_;
};

} // namespace

Given given_by_te(std::string_view text, const std::string& file) {
    return TeGiven(text, file).run();
}

} // namespace selns::module
