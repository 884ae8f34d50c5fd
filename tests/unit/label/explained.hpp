#pragma once

#include "selns/label/label.hpp"

#include <string>

namespace selns::label::test {

// Which case of the table in docs/labels.md explains that libselinux 3.8.1 says THEIRS ("(none)"
// without a context) about PATH and the matcher says something else; empty: none does.
std::string explanation(const Specifications& specifications, const Matcher& matcher,
                        std::string path, const std::string& theirs);

} // namespace selns::label::test
