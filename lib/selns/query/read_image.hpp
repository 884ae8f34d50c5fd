#pragma once

#include "selns/cache/store.hpp"
#include "selns/tree/tree.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace selns::query {

// Names FILE as it is now, by its inode, size and times.
std::string identity_of(const std::filesystem::path& file);

// The Tree of an image or archive. STORE, when given, keeps an index of it for as long as the file
// stays what it is (see tree::read_indexed()).
tree::Tree read_image(const std::filesystem::path& file, const cache::Store* store);

} // namespace selns::query
