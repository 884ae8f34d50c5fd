#include "selns/label/substitutions.hpp"

#include "selns/label/parse.hpp"

#include <algorithm>
#include <tuple>

namespace selns::label {

namespace {
// libselinux reads these lines into a buffer of this size and takes the rest for another line.
constexpr std::size_t longest_line = 1022;
} // namespace

Substitutions::Substitutions(const SpecificationFile& file, Diagnostics& problems)
    : file_(file.name) {
    for_each_line(file.text, [&](std::string_view line, int number) {
        const auto words = words_of(line, 2);
        if (words.size() < 2)
            return true;
        if (line.size() > longest_line) {
            problems.add({file.name, number, 0}, "this line is longer than 1022 bytes");
            return problems.size() < most_problems;
        }
        aliases_.push_back(
            {std::string(words[0].text), std::string(words[1].text), number, words[0].column});
        return true;
    });
    std::sort(aliases_.begin(), aliases_.end(), [](const Alias& a, const Alias& b) {
        return std::tie(a.name, b.line) < std::tie(b.name, a.line);
    });
    std::vector<std::string_view> names;
    for (const auto& alias : aliases_)
        names.push_back(alias.name);
    tree_ = PrefixTree(names);
}

std::optional<Substitution> Substitutions::apply(std::string_view path) const {
    const Alias* best = nullptr;
    tree_.walk(path, [&](std::size_t length, std::uint32_t first, std::uint32_t) {
        const auto& alias = aliases_[first];
        if ((length == path.size() || path[length] == '/') &&
            (best == nullptr || alias.line > best->line))
            best = &alias;
    });
    if (best == nullptr)
        return std::nullopt;
    const auto rest = path.substr(best->name.size());
    Substitution result{std::string(rest), {file_, best->line, best->column}};
    if (best->original != "/" || rest.empty())
        result.path.insert(0, best->original);
    return result;
}

} // namespace selns::label
