#include "selns/label/hard_link.hpp"

#include <algorithm>

namespace selns::label {

LinkChoice choose_link(std::span<const Named> names) {
    const auto chosen = std::ranges::find_if(names, &Named::has_context);
    if (chosen == names.end())
        return {};
    const auto other = std::find_if(chosen, names.end(), [&](const Named& named) {
        return named.has_context() &&
               named.specification->context != chosen->specification->context;
    });
    return {&*chosen, other == names.end() ? nullptr : &*other};
}

} // namespace selns::label
