#pragma once

#include "selns/verdict/meaning.hpp"

#include <span>
#include <string_view>

// What names mean in Debian's and Fedora's policies and in the reference policy that both are made
// of. Inside of this library.
namespace selns::verdict {

struct NamedMeaning {
    Meanings meanings;
    std::string_view names; // with blanks between them
};

std::span<const NamedMeaning> named_types();
// Kernel policies keep only some of them, so none is missed.
std::span<const NamedMeaning> named_attributes();
// How types are called that everybody gives such names.
std::span<const NamedMeaning> named_endings();
// Where files are, by the beginning of their paths. The first that fits counts.
std::span<const NamedMeaning> named_places();
// File systems that the kernel makes up, to be looked into and to be told something.
std::span<const std::string_view> kernel_file_systems();

} // namespace selns::verdict
