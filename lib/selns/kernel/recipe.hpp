#pragma once

#include "selns/base/error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace selns::kernel {

struct GitSource {
    std::string url;
    std::string branch;
    std::optional<std::string> commit; // 40 hexadecimal digits: nothing else is built
};
// A binary kernel package of Debian, or a metapackage that depends on one.
struct PackageSource {
    std::string package;
    std::optional<std::string> release; // of Debian; by default what this host's apt is set to
};
// A package of Debian that holds the kernel's source, or a metapackage that depends on one.
struct SourcePackage {
    std::string package;
    std::optional<std::string> release;
};
struct DirectorySource {
    std::filesystem::path directory; // absolute
};
using Source = std::variant<GitSource, PackageSource, SourcePackage, DirectorySource>;

// A file that a recipe names, read.
struct TextFile {
    std::string name; // for messages
    std::string text;
};

// How a kernel is made.
struct Recipe {
    std::string file; // for messages
    std::string name;
    std::string about; // one line
    Source source;
    Location source_at;
    std::vector<TextFile> patches;
    // What the fragments are put over: a configuration target of the kernel's make, or a file.
    std::string base;
    std::optional<TextFile> base_file;
    std::vector<TextFile> fragments;
    std::vector<std::string> provides; // ids of abilities (abilities.hpp) that it must have
};

// Whether it is compiled here, from a source.
bool is_compiled(const Recipe& recipe);

// Reads a kernel recipe. All that is wrong is reported at once, as recipe::load() does. FILE names
// it in messages; paths in it are relative to FOLDER, without which it can name none.
Recipe parse(const std::string& text, const std::string& file,
             const std::optional<std::filesystem::path>& folder);

// The shipped recipe called WHAT, else the one in the file WHAT. When there is neither, an
// invalid_input Error with the names that there are.
Recipe load(const std::filesystem::path& what);

// The kernel recipes that the program brings along, by name.
std::vector<Recipe> shipped_recipes();
std::optional<Recipe> shipped_recipe(const std::string& name);

} // namespace selns::kernel
