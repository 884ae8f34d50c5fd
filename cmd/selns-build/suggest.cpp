#include "selns-build/suggest.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace selns::cmd {

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
    constexpr std::size_t longest = 40; // no candidate is longer
    for (std::size_t i = 1; i < std::min(word.size(), longest); ++i) {
        std::string swapped(word);
        std::swap(swapped[i - 1], swapped[i]);
        if (std::find(candidates.begin(), candidates.end(), swapped) != candidates.end())
            return " (did you mean " + swapped + "?)";
    }
    return did_you_mean(word, candidates);
}

} // namespace selns::cmd
