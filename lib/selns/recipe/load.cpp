#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/recipe/check.hpp"
#include "selns/recipe/include.hpp"
#include "selns/recipe/overrides.hpp"
#include "selns/recipe/read.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/yaml/parse.hpp"

namespace selns::recipe {

namespace {

Error unusable(const Path& file, const std::string& message) {
    Location at;
    at.file = printable(file.string());
    return Error(ErrorKind::invalid_input, message).at(at);
}

} // namespace

Recipe parse(const std::string& text, const Path& name, const std::vector<Override>& overrides) {
    Diagnostics problems;
    yaml::Node root = yaml::parse(text, printable(name.string()), problems);
    if (root.kind == yaml::Kind::null)
        throw unusable(name, "the recipe is empty")
            .hint("a recipe needs at least the keys name and from; `selns-build schema` prints "
                  "all keys");
    const auto folders = include(root, name, problems);
    apply(overrides, root, problems);
    check(recipe_form(), root, "", problems);
    Recipe recipe;
    std::map<std::string, Location> places;
    Reading reading{.problems = problems, .places = &places};
    if (const auto value = Value::of(recipe_form(), root, reading))
        recipe = read(*value, tidy(std::filesystem::absolute(name)), folders);
    recipe.places = std::move(places);
    problems.throw_if_any();
    return recipe;
}

Recipe load(const Path& file, const std::vector<Override>& overrides) {
    std::error_code failed;
    const auto type = std::filesystem::status(file, failed).type();
    if (type == std::filesystem::file_type::not_found)
        throw unusable(file, "no such file");
    if (type == std::filesystem::file_type::directory)
        throw unusable(file, "expected a recipe, got a directory");
    // One byte more than YAML takes, so that it is YAML's own error that tells.
    return parse(read_file(file, yaml::max_bytes + 1), file, overrides);
}

} // namespace selns::recipe
