#pragma once

#include "selns/recipe/recipe.hpp"

#include <cstdint>
#include <filesystem>

namespace selns::pipeline {

// These throw an Error when a directory has certainly too little room. They ask for less than is
// written in the end, so that what may just fit is tried.

// For a root of RECIPE in the cache at ROOT, before it is bootstrapped.
void require_room_for_root(const recipe::Recipe& recipe, const std::filesystem::path& root);

// For the images of RECIPE in DIRECTORY, of a root whose archive has this many bytes.
void require_room_for_images(const recipe::Recipe& recipe, std::uint64_t archive,
                             const std::filesystem::path& directory);

} // namespace selns::pipeline
