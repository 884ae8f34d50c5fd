#include "selns/pipeline/module_source.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/pipeline/te_module.hpp"
#include "selns/policy/backend.hpp"
#include "selns/recipe/recipe.hpp"
#include "selns/selinux/plain_rules.hpp"
#include "selns/selinux/policydb.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace selns::pipeline {

namespace {

constexpr std::string_view package_magic = "\x8f\xff\x7c\xf9";  // 0xf97cff8f
constexpr std::string_view unpacked_magic = "\x8d\xff\x7c\xf9"; // 0xf97cff8d

std::string language_of(std::string_view content, const std::filesystem::path& file) {
    if (content.starts_with(unpacked_magic))
        throw Error(ErrorKind::invalid_input, "checkmodule's output, which is no package yet")
            .at({file.string()})
            .hint("semodule_package -m " + printable(file.string()) + " -o NAME.pp");
    const std::string ending = recipe::module_ending(file);
    if (content.starts_with(package_magic) || ending == ".pp")
        return "pp";
    return ending == ".te" ? "te" : "cil";
}

bool is_mls(const tree::Tree& rootfs, const policy::Place& place) {
    return selinux::PolicyDb::read(rootfs.read(place.policy).value_or(""), place.policy).mls();
}

} // namespace

policy::Module read_module_source(const std::filesystem::path& file) {
    std::string content = read_file(file, module_limit);
    try {
        if (archive::may_be_compressed(content))
            content = archive::decompress(content, module_limit);
    } catch (Error& error) {
        if (!error.location().known())
            error.at({file.string()});
        throw;
    }
    const std::string language = language_of(content, file);
    return {recipe::module_name(file), language, std::move(content), {file.string()}};
}

void prepare_modules(std::vector<policy::Module>& modules, const tree::Tree& rootfs,
                     const policy::Place& place, const Context& context) {
    std::optional<bool> mls;
    for (policy::Module& module : modules) {
        if (module.language == "te") {
            if (!mls)
                mls = is_mls(rootfs, place);
            module.content = compile_te(module.content, module.at.file, *mls, context);
            module.language = "pp";
        }
        if (module.language != "pp")
            continue;
        const std::string cil =
            policy::package_to_cil(module.content, module.at.file, context.interrupt);
        if (auto rules = selinux::plain_rules_of_package(cil, module.at.file)) {
            module.content = *std::move(rules);
            module.language = "cil";
        }
    }
}

} // namespace selns::pipeline
