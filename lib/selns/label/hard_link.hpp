#pragma once

#include "selns/label/label.hpp"

#include <span>
#include <string>

namespace selns::label {

// One name of an inode and what the specifications say of it.
struct Named {
    std::string path;
    const Specification* specification = nullptr; // null: none
    bool has_context() const { return specification != nullptr && !specification->context.empty(); }
};

// Which of an inode's names decides about its label.
struct LinkChoice {
    const Named* chosen = nullptr; // the first with a context; null: none has one
    const Named* other = nullptr;  // the first after it that asks for another context
};

// NAMES, in walk order, live longer than the choice.
LinkChoice choose_link(std::span<const Named> names);

} // namespace selns::label
