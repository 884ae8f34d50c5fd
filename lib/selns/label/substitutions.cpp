#include "selns/label/substitutions.hpp"

#include "selns/label/parse.hpp"

#include <algorithm>

namespace selns::label {

namespace {
// libselinux reads these lines into a buffer of this size and takes the rest for another line.
constexpr std::size_t longest_line = 1022;
} // namespace

Substitutions::Substitutions(const SpecificationFile& file, Diagnostics& problems) {
    for_each_line(file.text, [&](std::string_view line, int number) {
        const auto words = words_of(line, 2);
        if (words.size() < 2)
            return true;
        if (line.size() > longest_line) {
            problems.add({file.name, number, 0}, "this line is longer than 1022 bytes");
            return problems.size() < most_problems;
        }
        longest_ = std::max(longest_, words[0].text.size());
        by_alias_.insert_or_assign(std::string(words[0].text),
                                   Original{std::string(words[1].text), number});
        return true;
    });
}

std::optional<std::string> Substitutions::apply(std::string_view path) const {
    const Original* best = nullptr;
    std::size_t best_length = 0;
    for (std::size_t i = 1; i <= std::min(path.size(), longest_); ++i) {
        if (i < path.size() && path[i] != '/')
            continue;
        const auto found = by_alias_.find(path.substr(0, i));
        if (found != by_alias_.end() && (best == nullptr || found->second.line > best->line)) {
            best = &found->second;
            best_length = i;
        }
    }
    if (best == nullptr)
        return std::nullopt;
    const auto rest = path.substr(best_length);
    if (best->path == "/" && !rest.empty())
        return std::string(rest);
    return best->path + std::string(rest);
}

} // namespace selns::label
