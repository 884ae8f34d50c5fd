#include "selns/label/parse.hpp"

#include "selns/base/file_type.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace selns::label {

namespace {

constexpr std::size_t longest_word = 65534;
constexpr std::size_t most_specifications = 100'000;

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// What libselinux refuses in a word, or nothing.
std::string fault_of(std::string_view word) {
    if (word.size() > longest_word)
        return fmt::format("this word is longer than {} bytes", longest_word);
    if (!std::all_of(word.begin(), word.end(), [](char c) { return c > 0; }))
        return "only ASCII is allowed in a specification";
    return {};
}

std::string shown(std::string_view word) {
    return printable(word.substr(0, 200));
}

class Parser {
  public:
    Parser(const SpecificationFile& file, std::vector<Specification>& output, Diagnostics& problems)
        : file_(file), output_(output), problems_(problems) {}

    // Whether to go on.
    bool line(std::string_view text, int number) {
        if (auto words = words_of(text, 3); !words.empty())
            specification(words, number);
        return problems_.size() < most_problems;
    }

  private:
    void specification(const std::vector<Word>& words, int number) {
        for (const auto& word : words)
            if (auto fault = fault_of(word.text); !fault.empty())
                return problem(number, word, std::move(fault));
        if (words.size() < 2)
            return problem(number, words[0],
                           fmt::format("no context after \"{}\"", shown(words[0].text)));
        if (output_.size() == most_specifications)
            return problem(number, words[0],
                           fmt::format("more than {} specifications", most_specifications));
        std::optional<std::uint32_t> type = 0;
        if (words.size() == 3)
            type = marked_type(words[1].text);
        if (!type)
            return problem(number, words[1],
                           fmt::format("expected a file type ({}), got \"{}\"",
                                       join(type_marks(), " "), shown(words[1].text)));
        const auto context = words.back().text;
        output_.push_back({std::string(words[0].text),
                           *type,
                           context == "<<none>>" ? std::string() : std::string(context),
                           {file_.name, number, words[0].column}});
    }

    void problem(int line, const Word& word, std::string message) {
        problems_.add({file_.name, line, word.column}, std::move(message));
    }

    const SpecificationFile& file_;
    std::vector<Specification>& output_;
    Diagnostics& problems_;
};

} // namespace

void for_each_line(std::string_view text, const std::function<bool(std::string_view, int)>& visit) {
    int number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (!visit(text.substr(0, end), ++number) || end == std::string_view::npos)
            return;
        text.remove_prefix(end + 1);
    }
}

std::vector<Word> words_of(std::string_view line, std::size_t most) {
    std::vector<Word> words;
    words.reserve(most);
    std::size_t i = 0;
    while (words.size() < most) {
        while (i < line.size() && is_space(line[i]))
            ++i;
        if (i == line.size() || (words.empty() && line[i] == '#'))
            break;
        const auto begin = i;
        while (i < line.size() && !is_space(line[i]))
            ++i;
        words.push_back({line.substr(begin, i - begin), static_cast<int>(begin) + 1});
    }
    return words;
}

void parse_specifications(const SpecificationFile& file, std::vector<Specification>& output,
                          Diagnostics& problems) {
    Parser parser(file, output, problems);
    for_each_line(file.text,
                  [&](std::string_view line, int number) { return parser.line(line, number); });
}

} // namespace selns::label
