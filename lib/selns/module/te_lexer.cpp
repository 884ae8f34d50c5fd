#include "selns/module/te_lexer.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/log/scan.hpp"

#include <algorithm>

namespace selns::module {

namespace {

constexpr std::string_view signs = ",:;(){}[]-.~*!=&|^";

bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

} // namespace

TeToken TeLexer::next() {
    comments_.clear();
    skip_blanks();
    TeToken token{TeToken::Kind::end, {}, at_, line_};
    if (at_ == text_.size())
        return token;
    const char c = text_[at_];
    std::size_t end = at_ + 1;
    if (begins_word(c)) {
        token.kind = TeToken::Kind::word;
        end = end_of_run(true);
    } else if (log::is_digit(c)) {
        token.kind = TeToken::Kind::number;
        end = end_of_run(false);
    } else if (c == '"') {
        token.kind = TeToken::Kind::string;
        end = end_of_string();
    } else if (c == '`') {
        token.kind = TeToken::Kind::quoted;
        end = end_of_quotation();
    } else if (signs.find(c) != std::string_view::npos) {
        token.kind = TeToken::Kind::sign;
    } else {
        fail("\"" + printable(text_.substr(at_, 1)) + "\" cannot stand here");
    }
    token.text = text_.substr(at_, end - at_);
    line_ += static_cast<int>(std::ranges::count(token.text, '\n'));
    at_ = end;
    return token;
}

void TeLexer::skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '#') {
            const std::size_t end = std::min(text_.find('\n', at_), text_.size());
            comments_.push_back({text_.substr(at_, end - at_), at_, line_});
            at_ = end - 1;
        } else if (c == '\n') {
            ++line_;
        } else if (c == '\r') {
            fail("a carriage return, which checkmodule does not take: end lines with a line feed");
        } else if (c != ' ' && c != '\t' && c != '\f') {
            return;
        }
    }
}

std::size_t TeLexer::end_of_run(bool dash) const {
    std::size_t end = at_;
    while (end < text_.size() && (begins_word(text_[end]) || log::is_digit(text_[end]) ||
                                  text_[end] == '.' || (dash && text_[end] == '-')))
        ++end;
    return end;
}

std::size_t TeLexer::end_of_string() const {
    const std::size_t end = text_.find_first_of("\"\n", at_ + 1);
    if (end == std::string_view::npos || text_[end] != '"')
        fail("a quoted string does not end on its line");
    return end + 1;
}

// m4 counts its quotes, and knows no comments inside of them.
std::size_t TeLexer::end_of_quotation() const {
    std::size_t depth = 0;
    for (std::size_t end = at_; end < text_.size(); ++end) {
        if (text_[end] == '`')
            ++depth;
        else if (text_[end] == '\'' && --depth == 0)
            return end + 1;
    }
    fail("this quotation (`...') does not end");
}

void TeLexer::fail(const std::string& message) const {
    throw Error(ErrorKind::invalid_input, message).at({file_, line_});
}

} // namespace selns::module
