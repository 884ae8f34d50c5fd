#include "selns/base/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace selns {

std::string Diagnostic::str() const {
    return at.known() ? at.str() + ": " + message : message;
}

void Diagnostics::add(Location at, std::string message) {
    items_.push_back({std::move(at), std::move(message)});
}

void Diagnostics::throw_if_any() const {
    if (items_.empty())
        return;
    auto sorted = items_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.at.file, a.at.line, a.at.column) <
               std::tie(b.at.file, b.at.line, b.at.column);
    });
    std::string text;
    for (const Diagnostic& item : sorted)
        text += (text.empty() ? "" : "\n") + item.str();
    throw Error(ErrorKind::invalid_input, text);
}

} // namespace selns
