#pragma once

#include "selns/recipe/recipe.hpp"
#include "selns/recipe/value.hpp"

#include <map>
#include <string>
#include <utility>

namespace selns::recipe {

// "overlay/" and "./overlay" as "overlay". ".." stays: it may follow a symlink.
Path tidy(const Path& path);

// Files that a recipe names, relative to the folder of the file that says so.
class Inputs {
  public:
    // FOLDER is absolute; FOLDERS has those of included files, by the name that they have in
    // places.
    explicit Inputs(Path folder, std::map<std::string, Path> folders = {})
        : folder_(std::move(folder)), folders_(std::move(folders)) {}

    // The absolute path of what VALUE names.
    Located<Path> path(const Value& value) const;
    // The same; reports when it is no regular file that can be read.
    Located<Path> file(const Value& value) const;
    // The same for a directory.
    Located<Path> directory(const Value& value) const;
    // The same for a regular file or a directory.
    Located<Path> file_or_directory(const Value& value) const;
    // The same when it may be absent as well.
    Located<Path> file_or_nothing(const Value& value) const;
    // An absolute glob(3) pattern; characters of the folder's name are not special in it.
    Located<std::string> pattern(const Value& value) const;

  private:
    const Path& folder_of(const Value& value) const;

    Path folder_;
    std::map<std::string, Path> folders_;
};

} // namespace selns::recipe
