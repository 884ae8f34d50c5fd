#include "selns/base/hash.hpp"
#include "selns/policy/backend.hpp"
#include "selns/policy/semanage_conf.hpp"
#include "selns/policy/staging.hpp"

namespace selns::policy {

namespace {

std::string files_hash(const tree::Tree& staged, std::string_view below) {
    Fingerprint hash("files");
    staged.walk([&](const std::string& path, tree::InodeId id, bool) {
        if (!path.starts_with(below))
            return;
        const tree::Inode& inode = staged.inode(id);
        hash.add(path).add(std::to_string(inode.mode)).add(std::to_string(inode.content.size()));
        inode.content.for_each_piece([&](std::string_view piece) { hash.add(piece); });
    });
    return hash.hex();
}

} // namespace

cache::Inputs commit_inputs(const tree::Tree& rootfs, const Place& place, const Changes& changes,
                            const Backend& backend) {
    const tree::Tree staged = stage(rootfs, place);
    cache::Inputs inputs{
        {"backend", backend.identity()},
        {"policy", place.type + " version " + std::to_string(place.version)},
        {"policy configuration", files_hash(staged, staged_config(place))},
        {"policy store", files_hash(staged, staged_store(place))},
        {"users", Fingerprint("users")
                      .add(files_hash(staged, "/etc/passwd"))
                      .add(files_hash(staged, "/etc/group"))
                      .add(files_hash(staged, "/etc/login.defs"))
                      .add(files_hash(staged, "/etc/libuser.conf"))
                      .add(files_hash(staged, "/etc/default/useradd"))
                      .add(files_hash(staged, "/etc/shells"))
                      .hex()},
        {"semanage.conf", sha256(image_semanage_conf(rootfs))},
    };
    if (changes.show_dontaudit)
        inputs.emplace_back("dontaudit rules", "left out");
    for (const std::string& name : changes.removed)
        inputs.emplace_back("without module " + name, "removed");
    for (const Module& module : changes.modules)
        inputs.emplace_back("module " + module.name, sha256(module.language + module.content));
    for (const Boolean& boolean : changes.booleans)
        inputs.emplace_back("boolean " + boolean.name, boolean.value ? "true" : "false");
    for (const FileContext& entry : changes.file_contexts)
        inputs.emplace_back("file context " + entry.regex,
                            std::to_string(entry.type) + " " + entry.context);
    return inputs;
}

cache::Inputs neverallow_inputs(const tree::Tree& rootfs, const Place& place,
                                const Backend& backend) {
    const tree::Tree staged = stage(rootfs, place);
    return {{"form", "with places"}, // of the rules' text
            {"backend", backend.identity()},
            {"policy", sha256(rootfs.read(place.policy).value_or(""))},
            {"modules", files_hash(staged, staged_store(place) + "/active/modules")}};
}

} // namespace selns::policy
