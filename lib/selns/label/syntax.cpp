#include "selns/label/syntax.hpp"

#include "selns/label/pattern.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace selns::label {

namespace {

// Far below what PCRE2 can compile and nest.
constexpr std::size_t longest_text = 1000;
constexpr int deepest_group = 20;

// Accepts literals, escaped punctuation, \d \w \s, ".", simple classes, capturing groups,
// alternatives and the quantifiers ? * +, greedy or not.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Syntax run() {
        Syntax syntax;
        syntax.plain = text_.size() <= longest_text && alternatives(0) && at_ == text_.size();
        if (syntax.plain && !alternates_)
            syntax.required = required_;
        return syntax;
    }

  private:
    bool more() const { return at_ < text_.size(); }
    bool take(char c) {
        if (!more() || text_[at_] != c)
            return false;
        ++at_;
        return true;
    }

    bool alternatives(int depth) {
        while (sequence(depth)) {
            if (!take('|'))
                return true;
            alternates_ = alternates_ || depth == 0;
        }
        return false;
    }

    bool sequence(int depth) {
        while (more() && text_[at_] != '|' && text_[at_] != ')') {
            literal_.reset();
            if (!atom(depth))
                return false;
            const bool optional = more() && (text_[at_] == '?' || text_[at_] == '*');
            const bool repeated = optional || (more() && text_[at_] == '+');
            if (repeated) {
                ++at_;
                if (more() && (text_[at_] == '?' || text_[at_] == '+'))
                    ++at_; // lazy or possessive
            }
            if (depth == 0)
                extend_run(!optional, !repeated);
        }
        end_run();
        return true;
    }

    // Adds the atom that was just read to the run of literals that each match contains.
    void extend_run(bool occurs, bool once) {
        if (literal_ && occurs)
            run_ += *literal_;
        if (!literal_ || !once)
            end_run();
    }

    void end_run() {
        required_.add(run_);
        run_.clear();
    }

    bool atom(int depth) {
        const char c = text_[at_++];
        switch (c) {
        case '\\':
            return escape();
        case '[':
            return character_class();
        case '(':
            return group(depth);
        case '.':
            return true;
        case '^':
        case '$':
        case '?':
        case '*':
        case '+':
        case '{':
            return false;
        default:
            literal_ = c;
            return true;
        }
    }

    bool escape() {
        if (!more())
            return false;
        const char c = text_[at_++];
        if (!is_alphanumeric(c))
            literal_ = c;
        return literal_ || std::string_view("dDwWsS").find(c) != std::string_view::npos;
    }

    bool group(int depth) {
        if (depth == deepest_group || !more() || text_[at_] == '?' || text_[at_] == '*')
            return false;
        const bool valid = alternatives(depth + 1) && take(')');
        literal_.reset();
        return valid;
    }

    bool character_class() {
        take('^');
        if (more() && text_[at_] == ']')
            return false;
        char before = 0; // what a range could begin with
        for (bool first = true; more(); first = false) {
            const char c = text_[at_++];
            if (c == ']')
                return true;
            if (c == '[')
                return false;
            if (c == '-' && !first && more() && text_[at_] != ']') {
                const char to = text_[at_++];
                if (!is_alphanumeric(before) || !is_alphanumeric(to) || to < before)
                    return false;
                before = 0;
                continue;
            }
            before = c;
            if (c == '\\') {
                if (!more() || is_alphanumeric(text_[at_]))
                    return false;
                before = text_[at_++];
            }
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<char> literal_; // the last atom, when it is one
    std::string run_;
    Pairs required_;
    bool alternates_ = false;
};

} // namespace

Syntax syntax_of(std::string_view text) {
    return Scanner(text).run();
}

} // namespace selns::label
