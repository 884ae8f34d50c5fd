#include "selns/kernel/said.hpp"

#include "selns/base/text.hpp"

namespace selns::kernel {

std::string said(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.remove_suffix(1);
    std::string lines;
    for (const std::string_view line : split(text, '\n'))
        lines += (lines.empty() ? "" : "\n") + printable(trim(line));
    return lines;
}

} // namespace selns::kernel
