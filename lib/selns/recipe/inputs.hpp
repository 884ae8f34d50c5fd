#pragma once

#include "selns/recipe/recipe.hpp"
#include "selns/recipe/value.hpp"

namespace selns::recipe {

// "overlay/" and "./overlay" as "overlay". ".." stays: it may follow a symlink.
Path tidy(const Path& path);

// Files that a recipe names, relative to its folder.
class Inputs {
  public:
    // FOLDER is absolute.
    explicit Inputs(Path folder) : folder_(std::move(folder)) {}

    // The absolute path of what VALUE names.
    Located<Path> path(const Value& value) const;
    // The same; reports when it is no regular file that can be read.
    Located<Path> file(const Value& value) const;
    // The same for a regular file or a directory.
    Located<Path> file_or_directory(const Value& value) const;
    // The same when it may be absent as well.
    Located<Path> file_or_nothing(const Value& value) const;
    // An absolute glob(3) pattern; characters of the folder's name are not special in it.
    Located<std::string> pattern(const Value& value) const;

  private:
    Path folder_;
};

} // namespace selns::recipe
