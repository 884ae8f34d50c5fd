#include "unit/label/generate.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace selns::label::test {

namespace {

std::size_t below(Random& random, std::size_t limit) {
    return random() % limit;
}

char any_character(Random& random) {
    constexpr std::string_view characters = "abcxyz019._-+/";
    return characters[below(random, characters.size())];
}

class Generator {
  public:
    Generator(std::string_view text, Random& random) : text_(text), random_(random) {}

    std::string run() {
        std::string result = alternatives();
        while (position_ < text_.size()) { // an unbalanced parenthesis
            ++position_;
            result += alternatives();
        }
        return result;
    }

  private:
    bool more() const { return position_ < text_.size(); }

    std::string alternatives() {
        std::vector<std::string> choices = {sequence()};
        while (more() && text_[position_] == '|') {
            ++position_;
            choices.push_back(sequence());
        }
        return choices[below(random_, choices.size())];
    }

    std::string sequence() {
        std::string result;
        while (more() && text_[position_] != '|' && text_[position_] != ')') {
            // An atom is read once for each repetition that its quantifier may ask for.
            const auto begin = position_;
            std::string once = atom();
            const auto repetitions = quantifier();
            const auto after = position_;
            for (std::size_t i = 0; i < repetitions; ++i) {
                result += once;
                position_ = begin;
                once = atom();
            }
            position_ = after;
        }
        return result;
    }

    std::string atom() {
        const char c = text_[position_++];
        switch (c) {
        case '(':
            return group();
        case '[':
            return {character_class()};
        case '.':
            return {any_character(random_)};
        case '^':
        case '$':
            return {};
        case '\\':
            return more() ? escaped() : std::string();
        default:
            return {c};
        }
    }

    std::string group() {
        if (text_.substr(position_).starts_with("?:"))
            position_ += 2;
        std::string result = alternatives();
        if (more())
            ++position_;
        return result;
    }

    std::string escaped() {
        const char c = text_[position_++];
        if (c == 'd')
            return std::to_string(below(random_, 10));
        return c == 'w' ? "w" : std::string(1, c);
    }

    char character_class() {
        const bool negated = more() && text_[position_] == '^';
        if (negated)
            ++position_;
        std::string members;
        while (more() && (text_[position_] != ']' || members.empty())) {
            if (text_[position_] == '\\' && position_ + 1 < text_.size())
                ++position_;
            members += text_[position_++];
            if (members.size() > 2 && members[members.size() - 2] == '-')
                for (char c = members[members.size() - 3]; c < members.back(); ++c)
                    members.insert(members.begin(), c);
        }
        if (more())
            ++position_;
        if (members.empty())
            return 'a';
        if (!negated)
            return members[below(random_, members.size())];
        for (int i = 0; i < 20; ++i)
            if (const char c = any_character(random_); members.find(c) == std::string::npos)
                return c;
        return 'q';
    }

    std::size_t quantifier() {
        if (!more())
            return 1;
        switch (text_[position_]) {
        case '?':
            ++position_;
            return below(random_, 2);
        case '*':
            ++position_;
            return below(random_, 5);
        case '+':
            ++position_;
            return 1 + below(random_, 4);
        case '{':
            return braces();
        default:
            return 1;
        }
    }

    std::size_t braces() {
        const auto end = text_.find('}', position_);
        if (end == std::string_view::npos)
            return 1;
        const auto number = std::string(text_.substr(position_ + 1, 2));
        position_ = end + 1;
        return std::isdigit(static_cast<unsigned char>(number[0])) != 0
                   ? static_cast<std::size_t>(std::stoi(number))
                   : 1;
    }

    std::string_view text_;
    Random& random_;
    std::size_t position_ = 0;
};

} // namespace

std::string path_like(std::string_view text, Random& random) {
    auto path = Generator(text, random).run();
    return path.empty() ? "/" : path;
}

std::string nearly(std::string path, Random& random) {
    const auto at = below(random, path.size());
    switch (below(random, 12)) {
    case 0:
        path.erase(at, 1);
        break;
    case 1:
        path.insert(at, 1, any_character(random));
        break;
    case 2:
        path[at] = any_character(random);
        break;
    case 3:
        path += "/x";
        break;
    case 4:
        path += '/';
        break;
    case 5:
        path += '\n';
        break;
    case 6:
        path.resize(at);
        break;
    case 7:
        path.insert(at, "//");
        break;
    case 8:
        path.insert(at, 1, static_cast<char>(0x80 + below(random, 0x80)));
        break;
    case 9:
        path.insert(at, 1, '\n');
        break;
    case 10:
        if (below(random, 20) == 0) // slow
            path.append(4096 - std::min<std::size_t>(path.size(), 4096), any_character(random));
        break;
    default:
        path.insert(0, "/srv");
        break;
    }
    return path.empty() ? "/" : path;
}

} // namespace selns::label::test
