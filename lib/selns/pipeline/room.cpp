#include "selns/pipeline/room.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <system_error>

namespace selns::pipeline {

namespace {

// The smallest, Debian's, without what all its roots begin with.
constexpr std::uint64_t least_root = 150U << 20U;

// WHAT with its verb.
void require_room(std::uint64_t bytes, const std::string& what,
                  const std::filesystem::path& directory, const char* other) {
    std::error_code failed;
    const auto space = std::filesystem::space(directory, failed);
    if (failed || space.available >= bytes)
        return;
    throw Error(ErrorKind::failed, "too little space in " + printable(directory.string()) + ": " +
                                       what + " at least " + human_size(bytes) + ", and " +
                                       human_size(space.available) + " are free")
        .hint("free some space there, or use another directory (" + std::string(other) + ")");
}

} // namespace

void require_room_for_root(const recipe::Recipe& recipe, const std::filesystem::path& root) {
    if (recipe.from.source().is_distribution())
        require_room(least_root, "a root of " + recipe::describe(recipe.from) + " needs", root,
                     "XDG_CACHE_HOME");
}

void require_room_for_images(const recipe::Recipe& recipe, std::uint64_t archive,
                             const std::filesystem::path& directory) {
    // Padding of the archive is in no image.
    const std::uint64_t image = archive / 10 * 8;
    require_room(image * recipe.images.size(),
                 recipe.images.size() == 1
                     ? std::string("the image needs")
                     : human_count(recipe.images.size()) + " images together need",
                 directory, "-o");
}

} // namespace selns::pipeline
