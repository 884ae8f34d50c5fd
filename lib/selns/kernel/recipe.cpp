#include "selns/kernel/recipe.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/definition.hpp"
#include "selns/kernel/shipped.hpp"
#include "selns/recipe/check.hpp"
#include "selns/recipe/inputs.hpp"
#include "selns/recipe/suggest.hpp"
#include "selns/recipe/value.hpp"
#include "selns/yaml/parse.hpp"

#include <algorithm>

namespace selns::kernel {

namespace {

using recipe::Value;
namespace fs = std::filesystem;

constexpr std::uint64_t fragment_limit = 4U << 20U;
constexpr std::uint64_t patch_limit = 64U << 20U;

class Reader {
  public:
    Reader(const std::optional<fs::path>& folder, Diagnostics& problems)
        : folder_(folder), problems_(problems) {}

    Recipe read(const Value& root) {
        Recipe recipe;
        if (const auto name = root.get("name"))
            recipe.name = name->text();
        if (const auto about = root.get("about"))
            recipe.about = about->text();
        if (const auto source = root.get("source")) {
            recipe.source = read_source(*source);
            recipe.source_at = source->at();
        }
        if (std::holds_alternative<PackageSource>(recipe.source))
            refuse_configuration(root);
        else
            read_configuration(root, recipe);
        if (const auto provides = root.get("provides"))
            for (const Value& ability : provides->items())
                recipe.provides.push_back(ability.text());
        return recipe;
    }

  private:
    static Source read_git(const Value& value) {
        GitSource git;
        if (const auto url = value.get("url"))
            git.url = url->text();
        if (const auto branch = value.get("branch"))
            git.branch = branch->text();
        if (const auto commit = value.get("commit"))
            git.commit = commit->text();
        return git;
    }

    Source read_source(const Value& value) {
        std::optional<std::string> release;
        const auto named = value.get("release");
        if (named)
            release = named->text();
        if (const auto package = value.get("package"))
            return PackageSource{package->text(), release};
        if (const auto package = value.get("source_package"))
            return SourcePackage{package->text(), release};
        if (named)
            named->report("only packages are of a release");
        if (const auto directory = value.get("directory")) {
            const auto path = resolved(*directory);
            std::error_code ignored;
            if (path && !fs::is_directory(*path, ignored))
                directory->report("no such directory: " + printable(path->string()));
            return DirectorySource{path.value_or("")};
        }
        const auto git = value.get("git");
        return git ? read_git(*git) : GitSource{};
    }

    void refuse_configuration(const Value& root) {
        for (const char* key : {"patches", "base", "fragments"})
            if (const auto value = root.get(key))
                value->report("a packaged kernel is taken as it is; use source_package to "
                              "configure one");
    }

    void read_configuration(const Value& root, Recipe& recipe) {
        recipe.base = "allnoconfig";
        if (const auto patches = root.get("patches"))
            for (const Value& patch : patches->items())
                if (auto file = read_text(patch, patch_limit))
                    recipe.patches.push_back(std::move(*file));
        if (const auto base = root.get("base")) {
            recipe.base = base->text();
            if (recipe.base.find_first_of("/.") != std::string::npos)
                recipe.base_file = read_text(*base, fragment_limit);
        }
        if (const auto fragments = root.get("fragments"))
            for (const Value& fragment : fragments->items())
                if (auto file = read_fragment(fragment))
                    recipe.fragments.push_back(std::move(*file));
    }

    std::optional<TextFile> read_fragment(const Value& value) {
        if (value.text().ends_with(".config"))
            return read_text(value, fragment_limit);
        const std::string name = "kernel/fragments/" + value.text() + ".config";
        if (const ShippedFile* file = find_shipped(name))
            return TextFile{name, std::string(file->text)};
        std::vector<std::string> names;
        for (const std::string_view known : shipped_fragments())
            names.emplace_back(known);
        const std::string meant = recipe::suggest(value.text(), names);
        value.report("no fragment of this name is shipped" +
                     (meant.empty() ? "; expected " + either(names) : meant));
        return std::nullopt;
    }

    std::optional<fs::path> resolved(const Value& value) {
        if (folder_)
            return recipe::Inputs(*folder_).path(value).value;
        value.report("expected no path in a recipe that is no file");
        return std::nullopt;
    }

    std::optional<TextFile> read_text(const Value& value, std::uint64_t limit) {
        if (!resolved(value))
            return std::nullopt;
        const std::size_t before = problems_.size();
        const auto path = recipe::Inputs(*folder_).file(value).value;
        if (problems_.size() > before)
            return std::nullopt;
        return TextFile{path.string(), read_file(path, limit)};
    }

    const std::optional<fs::path>& folder_;
    Diagnostics& problems_;
};

Error unknown_kernel(const fs::path& what) {
    std::vector<std::string> names;
    for (const Recipe& recipe : shipped_recipes())
        names.push_back(recipe.name);
    const std::string word = what.string();
    return Error(ErrorKind::invalid_input, "\"" + printable(word.substr(0, 200)) +
                                               "\" is neither a kernel's name nor a kernel "
                                               "recipe's file" +
                                               recipe::suggest(word, names))
        .hint("`selns-build kernel list` shows the names");
}

} // namespace

bool is_compiled(const Recipe& recipe) {
    return !std::holds_alternative<PackageSource>(recipe.source);
}

Recipe parse(const std::string& text, const std::string& file,
             const std::optional<fs::path>& folder) {
    Diagnostics problems;
    const yaml::Node root = yaml::parse(text, printable(file), problems);
    recipe::check(recipe_form(), root, "", problems);
    Recipe recipe;
    recipe::Reading reading{problems};
    if (const auto value = Value::of(recipe_form(), root, reading))
        recipe = Reader(folder, problems).read(*value);
    recipe.file = printable(file);
    problems.throw_if_any();
    return recipe;
}

Recipe load(const fs::path& what) {
    if (auto recipe = shipped_recipe(what.string()))
        return std::move(*recipe);
    std::error_code ignored;
    if (!fs::exists(what, ignored))
        throw unknown_kernel(what);
    if (fs::is_directory(what, ignored))
        throw Error(ErrorKind::invalid_input, "expected a kernel recipe, got a directory")
            .at({printable(what.string())});
    // One byte more than YAML takes, so that it is YAML's own error that tells.
    return parse(read_file(what, yaml::max_bytes + 1), what.string(),
                 recipe::tidy(fs::absolute(what)).parent_path());
}

std::optional<Recipe> shipped_recipe(const std::string& name) {
    const std::string file = "kernel/" + name + ".yaml";
    const ShippedFile* found = find_shipped(file);
    if (found == nullptr)
        return std::nullopt;
    return parse(std::string(found->text), file, std::nullopt);
}

std::vector<Recipe> shipped_recipes() {
    std::vector<Recipe> recipes;
    for (const ShippedFile& file : shipped_files)
        if (file.name.ends_with(".yaml"))
            recipes.push_back(parse(std::string(file.text), std::string(file.name), std::nullopt));
    std::sort(recipes.begin(), recipes.end(),
              [](const Recipe& a, const Recipe& b) { return a.name < b.name; });
    return recipes;
}

} // namespace selns::kernel
