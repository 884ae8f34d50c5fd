#include "selns/pipeline/policy_source.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/bootstrap/tree_digest.hpp"
#include "selns/policy/android.hpp"
#include "selns/policy/root_directory.hpp"
#include "selns/tree/archive.hpp"

#include <functional>

namespace selns::pipeline {

namespace {

constexpr const char* kind = "policy-source";
constexpr const char* part_name = "policy.tar";

// What the recipe leaves open, the source's own configuration says.
std::string type_in(const tree::Tree& source, const std::string& wanted) {
    if (!wanted.empty())
        return wanted;
    if (const auto config = policy::read_config(source))
        return config->type;
    throw Error(ErrorKind::invalid_input,
                "it names no SELinux policy in /etc/selinux/config; name one with selinux.policy");
}

tree::Tree part_of(const tree::Tree& source, const std::string& wanted) {
    return policy::policy_part(source, type_in(source, wanted));
}

tree::Tree read_part(const recipe::Recipe& recipe, const Context& context) {
    const recipe::PolicyFrom& from = *recipe.selinux.policy_from;
    const std::string& type = recipe.selinux.policy;
    if (from.directory)
        return part_of(policy::read_root_directory(tree::Disk(from.directory->value), true), type);
    const auto& file = from.archive->value;
    const cache::Inputs inputs = {{"archive", sha256_file(file)}, {"policy", type}};
    const auto entry = context.cache.make(
        kind, cache::key_of(kind, inputs), {recipe.name, inputs},
        [&](const std::filesystem::path& staging) {
            const auto limits = tree::Limits::from_others(std::filesystem::file_size(file));
            const tree::Tree part = part_of(tree::read_archive(file, limits), type);
            AtomicFile tar(staging / part_name);
            tree::write_tar(part, [&](std::string_view piece) { write_all(tar.fd(), piece); });
            tar.commit();
        });
    return tree::read_archive(entry.directory / part_name);
}

bool has_source(const recipe::Recipe& recipe) {
    const auto& from = recipe.selinux.policy_from;
    return from && (from->archive || from->directory);
}

const recipe::Located<recipe::Path>& source_of(const recipe::PolicyFrom& from) {
    return from.archive ? *from.archive : *from.directory;
}

void at_its_place(const recipe::PolicyFrom& from, const std::function<void()>& work) {
    const auto& place = source_of(from);
    try {
        work();
    } catch (Error& error) {
        throw error.context("selinux.policy_from: " + place.value.string()).at(place.at);
    }
}

} // namespace

std::string policy_source_digest(const recipe::Recipe& recipe) {
    std::string digest;
    if (!has_source(recipe))
        return digest;
    const recipe::PolicyFrom& from = *recipe.selinux.policy_from;
    at_its_place(from, [&] {
        digest = from.archive ? sha256_file(from.archive->value)
                              : bootstrap::tree_digest(policy::read_root_directory(
                                    tree::Disk(from.directory->value), true));
    });
    return digest;
}

void give_policy(tree::Tree& rootfs, const recipe::Recipe& recipe, const Context& context) {
    if (!has_source(recipe))
        return;
    at_its_place(*recipe.selinux.policy_from, [&] {
        const tree::Tree part = read_part(recipe, context);
        policy::put_policy(rootfs, part, type_in(part, recipe.selinux.policy));
    });
}

Location place_of_policy(const recipe::Recipe& recipe) {
    if (has_source(recipe))
        return source_of(*recipe.selinux.policy_from).at;
    const auto from = recipe.places.find("from." + recipe.from.key);
    return from != recipe.places.end() ? from->second : Location{recipe.file.string()};
}

std::string policy_type(const recipe::Recipe& recipe, const tree::Tree& rootfs) {
    if (!recipe.selinux.policy.empty())
        return recipe.selinux.policy;
    if (const auto config = policy::read_config(rootfs))
        return config->type;
    if (policy::is_android(rootfs))
        return policy::android_type;
    throw Error(ErrorKind::invalid_input,
                "the image names no SELinux policy in /etc/selinux/config")
        .at(place_of_policy(recipe))
        .hint("selinux.policy names one that it has, and selinux.policy_from gives it one");
}

recipe::Recipe with_policy_type(const recipe::Recipe& recipe, const tree::Tree& rootfs) {
    recipe::Recipe result = recipe;
    result.selinux.policy = policy_type(recipe, rootfs);
    try {
        policy::find_policy(rootfs, result.selinux.policy);
    } catch (Error& error) {
        throw error.at(place_of_policy(recipe));
    }
    return result;
}

} // namespace selns::pipeline
