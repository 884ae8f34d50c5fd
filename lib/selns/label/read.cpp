#include "selns/base/text.hpp"
#include "selns/label/apply.hpp"
#include "selns/tree/ostree.hpp"

#include <fmt/format.h>

namespace selns::label {

namespace {

constexpr std::uint64_t longest_file = 32U << 20U; // Fedora's specifications have half a MiB

std::optional<SpecificationFile> read_optional(const tree::Tree& tree, const std::string& path) {
    auto text = tree.read(path, longest_file);
    if (!text)
        return std::nullopt;
    return SpecificationFile{printable(path), std::move(*text)};
}

// ostree's repository has the files of the root a second time, by names that say nothing: what has
// no other name keeps its label, and of a hard link another name decides. /usr/etc is what a new
// /etc is made of, where the policy does not say so itself.
void add_ostree_rules(Specifications& specifications) {
    constexpr const char* name = "rules of ostree";
    specifications.files.push_back(
        {name, "/sysroot/.+ <<none>>\n" + std::string(tree::ostree_mark) + "/.+ <<none>>\n"});
    specifications.implied = {name, "/usr/etc /etc\n"};
}

} // namespace

std::vector<std::string> specification_files(const std::string& contexts_dir) {
    const std::string path = contexts_dir + "/files/file_contexts";
    return {path, path + ".homedirs", path + ".local", path + ".subs", path + ".subs_dist"};
}

Specifications read_specifications(const tree::Tree& tree, const std::string& contexts_dir,
                                   const std::vector<std::string>& split) {
    const std::string path = contexts_dir + "/files/file_contexts";
    Specifications specifications;
    for (const std::string& part : split)
        if (auto file = read_optional(tree, part))
            specifications.files.push_back(std::move(*file));
    if (!specifications.files.empty())
        return specifications;
    auto main = read_optional(tree, path);
    if (!main)
        throw Error(ErrorKind::invalid_input,
                    fmt::format("the image has no file contexts at {}", printable(path)))
            .hint("install the policy's package (Debian: selinux-policy-default), or name the "
                  "policy that the image has in selinux.policy");
    specifications.files.push_back(std::move(*main));
    for (const char* suffix : {".homedirs", ".local"})
        if (auto file = read_optional(tree, path + suffix))
            specifications.files.push_back(std::move(*file));
    specifications.subs = read_optional(tree, path + ".subs");
    specifications.subs_dist = read_optional(tree, path + ".subs_dist");
    if (tree.find(tree::ostree_mark, false))
        add_ostree_rules(specifications);
    return specifications;
}

} // namespace selns::label
