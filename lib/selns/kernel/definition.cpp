#include "selns/kernel/definition.hpp"

#include "selns/kernel/abilities.hpp"
#include "selns/recipe/forms.hpp"

namespace selns::kernel {

using namespace recipe::forms;
using recipe::FormPtr;

namespace {

constexpr std::size_t max_path = 1000; // bytes, of a path in a recipe

FormPtr git() {
    return object(
        "a map with url and branch", "A Git repository.",
        {// No transport that names a program to run, such as ext::.
         required("url",
                  text("a URL such as https://host/repository",
                       "Its address: https, http, git, ssh or file.",
                       "^((https?|git|ssh)://[A-Za-z0-9]|file:///)[A-Za-z0-9._~:@%+,=/-]*$", 500)),
         required("branch", text("the name of a branch", "The branch.",
                                 "^(?!.*(\\.\\.|//|\\.lock$))[A-Za-z0-9][A-Za-z0-9._/+-]*$", 200)),
         optional("commit", text("a commit: 40 hexadecimal digits",
                                 "The commit to build; by default what the branch is at.",
                                 "^[0-9a-f]{40}$", 40))});
}

FormPtr package(std::string about) {
    return text("a package such as linux-image-cloud-amd64", std::move(about),
                "^linux-[a-z0-9][a-z0-9+.-]*$", 200);
}

FormPtr source() {
    return object(
        "a map with git, package, source_package or directory", "Where the kernel comes from.",
        {optional("git", git()),
         optional("package", package("A packaged kernel, as it is; from this host's apt sources.")),
         optional("source_package",
                  package("A package with the kernel's source, such as linux-source.")),
         optional("release",
                  text("a release of Debian such as trixie",
                       "The package's release; by default what this host's apt is set to.",
                       "^[a-z][a-z0-9-]*$", 40)),
         optional("directory", text("the path of a directory", "A source tree; it is not changed.",
                                    "", max_path))},
        {"git", "package", "source_package", "directory"});
}

std::vector<std::string> ability_names() {
    std::vector<std::string> names;
    for (const Ability& ability : abilities())
        names.emplace_back(ability.id);
    return names;
}

} // namespace

const recipe::Form& recipe_form() {
    static const FormPtr kernel = object(
        "a kernel recipe: a map of keys such as name, about and source",
        "A kernel for images that selns-build makes.",
        {required("name", text("a name of letters, digits, '.', '_' and '-' that starts with a "
                               "letter or digit",
                               "The kernel's name, as image recipes give it in launch.kernel.",
                               "^[A-Za-z0-9][A-Za-z0-9._-]*$", 60)),
         required("about", text("one line", "What it is, in one line.", "", 200)),
         required("source", source()),
         optional(
             "patches",
             list("a list of patches", "Patches, put over the source in this order.",
                  text("the path of a .patch or .diff file", "", "\\.(patch|diff)$", max_path))),
         optional("base",
                  text("allnoconfig, alldefconfig, defconfig, tinyconfig or the path of a "
                       "configuration file",
                       "What the fragments are put over; by default allnoconfig.",
                       "^(allnoconfig|alldefconfig|defconfig|tinyconfig|.*[/.].*)$", max_path)),
         optional("fragments",
                  list("a list of configuration fragments",
                       "Configuration that must come out as it is written here.",
                       text("the name of a shipped fragment, or a path that ends in .config", "",
                            "^([a-z0-9-]+|.*\\.config)$", max_path))),
         optional("provides", list("a list of abilities",
                                   "What the kernel must be able to do (`kernel check`).",
                                   words("", ability_names())))});
    return *kernel;
}

} // namespace selns::kernel
