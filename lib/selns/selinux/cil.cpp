#include "selns/selinux/cil.hpp"

#include "selns/base/text.hpp"

#include <array>
#include <utility>

namespace selns::selinux {

namespace {

// What libsepol's scanner takes as part of a symbol.
constexpr std::array<bool, 256> symbol_bytes() {
    std::array<bool, 256> bytes{};
    for (const char c : std::string_view("0123456789"
                                         "abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "[].@=/*-_$%+!|&^:~`#{}'<>?,"))
        bytes[static_cast<unsigned char>(c)] = true;
    return bytes;
}

constexpr std::array<bool, 256> in_symbol = symbol_bytes();

class Parser {
  public:
    Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

    std::vector<CilNode> run() {
        while (at_ < text_.size())
            step();
        if (!open_.empty())
            fail("this parenthesis is never closed", open_.back().line);
        return std::move(statements_);
    }

  private:
    void step() {
        const char c = text_[at_];
        if (c == '\n' || c == '\r')
            newline();
        else if (c == ' ' || c == '\t')
            ++at_;
        else if (c == ';')
            comment();
        else if (c == '(')
            open();
        else if (c == ')')
            close();
        else if (c == '"')
            string();
        else if (in_symbol[static_cast<unsigned char>(c)])
            symbol();
        else
            fail("\"" + printable(text_.substr(at_, 1)) + "\" cannot stand here");
    }

    // To libsepol a carriage return ends a line, and a comment with it; to editors it does not.
    // Taken only before a line feed, where both agree.
    void newline() {
        if (text_[at_] == '\r') {
            check_return(at_);
            ++at_;
        }
        ++at_;
        ++line_;
    }

    void check_return(std::size_t place) const {
        if (place + 1 >= text_.size() || text_[place + 1] != '\n')
            fail("a carriage return without a line feed");
    }

    void comment() {
        while (at_ < text_.size() && text_[at_] != '\n') {
            if (text_[at_] == '\r')
                check_return(at_);
            ++at_;
        }
    }

    void open() {
        if (open_.size() == deepest_cil)
            fail("lists are nested deeper than " + std::to_string(deepest_cil));
        CilNode list;
        list.line = line_;
        list.begin = at_++;
        list.items.reserve(4);
        open_.push_back(std::move(list));
    }

    void close() {
        if (open_.empty())
            fail("a closing parenthesis without an opening one");
        CilNode list = std::move(open_.back());
        open_.pop_back();
        list.end = ++at_;
        (open_.empty() ? statements_ : open_.back().items).push_back(std::move(list));
    }

    void string() {
        const std::size_t end = text_.find_first_of("\"\r\n", at_ + 1);
        if (end == std::string_view::npos || text_[end] != '"')
            fail("a quoted string does not end on its line");
        add(CilNode::Kind::string, text_.substr(at_ + 1, end - at_ - 1), end + 1);
    }

    void symbol() {
        std::size_t end = at_;
        while (end < text_.size() && in_symbol[static_cast<unsigned char>(text_[end])])
            ++end;
        add(CilNode::Kind::symbol, text_.substr(at_, end - at_), end);
    }

    void add(CilNode::Kind kind, std::string_view content, std::size_t end) {
        if (open_.empty())
            fail("\"" + printable(content.substr(0, 60)) + "\" stands outside of parentheses");
        open_.back().items.push_back({kind, std::string(content), {}, line_, at_, end});
        at_ = end;
    }

    [[noreturn]] void fail(std::string message) const { fail(std::move(message), line_); }

    [[noreturn]] void fail(std::string message, int line) const {
        throw Error(ErrorKind::invalid_input, std::move(message)).at({name_, line});
    }

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::vector<CilNode> open_; // lists that are not closed yet, outermost first
    std::vector<CilNode> statements_;
};

} // namespace

std::string_view CilNode::keyword() const {
    return is_list() && !items.empty() && items.front().kind == Kind::symbol
               ? std::string_view(items.front().text)
               : std::string_view();
}

std::vector<CilNode> parse_cil(std::string_view text, const std::string& name) {
    return Parser(text, name).run();
}

} // namespace selns::selinux
