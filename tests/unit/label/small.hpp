#pragma once

#include "selns/label/label.hpp"

#include <string>
#include <utility>

// Small things that tests of labels are made of.
namespace selns::label::test {

inline tree::Inode labelled_file(std::string context = {}) {
    tree::Inode inode;
    inode.context = std::move(context);
    return inode;
}

inline Matcher matcher(std::string text) {
    Specifications specifications;
    specifications.files.push_back({"fc", std::move(text)});
    return Matcher(specifications);
}

} // namespace selns::label::test
