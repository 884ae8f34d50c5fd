#include "selns/bootstrap/changes.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/openpgp.hpp"
#include "selns/bootstrap/tree_digest.hpp"

#include <fmt/format.h>

#include <variant>

namespace selns::bootstrap {

namespace {

constexpr std::uint64_t key_limit = 16U << 20U;
constexpr std::size_t command_limit = 100000; // one argument of a program can have 128 KiB

std::string read_key(const recipe::Located<recipe::Path>& key) {
    try {
        if (auto armored = armored_keys(read_file(key.value, key_limit)))
            return *armored;
    } catch (Error& error) {
        throw error.at(key.at);
    }
    throw Error(ErrorKind::invalid_input, key.value.string() + " is not an OpenPGP public key")
        .at(key.at)
        .hint("gpg --export KEY writes one, with --armor or without");
}

} // namespace

Ingredients read_ingredients(const recipe::Recipe& recipe, const Options& options) {
    Ingredients ingredients;
    if (const auto* release = std::get_if<recipe::Release>(&recipe.from.what);
        release != nullptr && release->key)
        ingredients.key = read_key(*release->key);
    for (const recipe::Repository& repository : recipe.repositories)
        ingredients.keys.push_back(read_key(repository.key));
    for (const auto& package : recipe.local_packages) {
        try {
            ingredients.package_hashes.push_back(sha256_file(package.value));
        } catch (Error& error) {
            throw error.at(package.at);
        }
    }
    if (!recipe.commands.empty() && !recipe.files.empty() && options.overlay != nullptr) {
        ingredients.overlay = tree_digest(*options.overlay);
        ingredients.overlay_has_resolv_conf =
            options.overlay->find("/etc/resolv.conf", false).has_value();
    }
    return ingredients;
}

Changes changes_of(const recipe::Recipe& recipe, const Ingredients& ingredients) {
    for (const auto& command : recipe.commands)
        if (command.value.size() > command_limit || command.value.find('\0') != std::string::npos)
            throw Error(ErrorKind::invalid_input,
                        fmt::format("a command that is too long or has a NUL byte: \"{}\"",
                                    printable(command.value.substr(0, 40))))
                .at(command.at);
    return {recipe.local_packages, recipe.commands, ingredients.overlay.has_value(),
            ingredients.overlay_has_resolv_conf};
}

void add_inputs(cache::Inputs& inputs, const Changes& changes, const Ingredients& ingredients) {
    for (const std::string& hash : ingredients.package_hashes)
        inputs.emplace_back("local package", hash);
    for (const auto& command : changes.commands)
        inputs.emplace_back("command", command.value);
    if (ingredients.overlay)
        inputs.emplace_back("files", *ingredients.overlay);
}

std::vector<std::filesystem::path> uploaded_packages(const Changes& changes,
                                                     const std::filesystem::path& run) {
    std::vector<std::filesystem::path> files;
    for (const auto& package : changes.local_packages)
        files.push_back(run / fmt::format("packages/{}{}", files.size() + 1,
                                          package.value.extension().string()));
    return files;
}

void add_run_files(std::map<std::string, std::string>& files, const Changes& changes) {
    for (std::size_t i = 0; i < changes.commands.size(); ++i)
        files[fmt::format("commands/{:04}", i)] = changes.commands[i].value;
    if (changes.overlay_has_resolv_conf)
        files["keep-resolv.conf"] = "";
}

} // namespace selns::bootstrap
