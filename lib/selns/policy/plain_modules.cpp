#include "selns/policy/plain_modules.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/policy/semanage_conf.hpp"
#include "selns/selinux/policy_patch.hpp"
#include "selns/selinux/store.hpp"

#include <bzlib.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace selns::policy {

namespace {

constexpr std::uint64_t policy_limit = 256U << 20U;
constexpr std::uint16_t policy_mode = 0644;
constexpr std::uint16_t file_mode = 0600; // as libsemanage makes what is in a store
constexpr std::uint16_t directory_mode = 0700;

std::string compressed(std::string_view text, int block_size) {
    if (block_size == 0)
        return std::string(text);
    std::string source(text);
    // At most a hundredth and 600 bytes more than it was, says libbz2.
    std::string result(text.size() + text.size() / 100 + 600, '\0');
    auto size = static_cast<unsigned>(result.size());
    if (::BZ2_bzBuffToBuffCompress(result.data(), &size, source.data(),
                                   static_cast<unsigned>(source.size()), block_size, 0, 0) != BZ_OK)
        throw Error(ErrorKind::failed, "cannot compress a policy module");
    result.resize(size);
    return result;
}

class Addition {
  public:
    Addition(const tree::Tree& rootfs, const Place& place, const std::vector<Module>& modules)
        : rootfs_(rootfs), place_(place), modules_(modules), active_(place.store + "/active") {}

    // Why not.
    std::string prepare() {
        std::string why = obstacle();
        if (!why.empty())
            return why;
        std::vector<selinux::PlainRule> rules;
        for (const Module& module : modules_)
            std::ranges::move(selinux::plain_rules(module.content, module.at.file).value(),
                              std::back_inserter(rules));
        try {
            patch_policies(rules);
        } catch (const selinux::NotPatchable& reason) {
            why = reason.what();
        } catch (const Error& error) {
            why = error.message(); // a compilation writes another one
        }
        return why;
    }

    void apply(tree::Tree& rootfs, tree::Timestamp mtime) const {
        for (const auto& [path, content] : policies_)
            put(rootfs, path, content, path == place_.policy ? policy_mode : file_mode, mtime);
        const int block_size = bzip_block_size(image_semanage_conf(rootfs));
        for (const Module& module : modules_) {
            const std::string priority =
                active_ + "/modules/" + std::to_string(selinux::local_priority);
            put_directory(rootfs, priority, mtime);
            put_directory(rootfs, priority + "/" + module.name, mtime);
            put(rootfs, priority + "/" + module.name + "/cil",
                compressed(module.content, block_size), file_mode, mtime);
            put(rootfs, priority + "/" + module.name + "/lang_ext", "cil", file_mode, mtime);
        }
        rootfs.remove(active_ + "/modules_checksum");
    }

  private:
    // What in the store makes more of a module than its rules.
    std::string obstacle() const {
        if (rootfs_.find(active_ + "/disable_dontaudit"))
            return "the policy was made without its dontaudit rules";
        const auto installed = installed_modules(rootfs_, place_);
        for (const Module& module : modules_) {
            if (std::ranges::find(installed, module.name, &InstalledModule::name) !=
                installed.end())
                return "the policy has a module " + module.name + " already";
            if (rootfs_.find(active_ + "/modules/disabled/" + module.name))
                return "the module " + module.name + " is disabled";
        }
        return {};
    }

    // The one that is loaded, the store's copy of it, and what that was made from, before users,
    // ports and so on were added by hand.
    void patch_policies(const std::vector<selinux::PlainRule>& rules) {
        const auto loaded = rootfs_.read(place_.policy, policy_limit);
        if (!loaded || rootfs_.read(active_ + "/policy.kern", policy_limit) != loaded)
            throw selinux::NotPatchable("the store's policy is not the one that is loaded");
        const std::string patched = selinux::add_rules(*loaded, rules, place_.policy);
        policies_.emplace_back(place_.policy, patched);
        policies_.emplace_back(active_ + "/policy.kern", patched);
        const std::string linked = active_ + "/policy.linked";
        if (const auto image = rootfs_.read(linked, policy_limit))
            policies_.emplace_back(
                linked, image == loaded ? patched : selinux::add_rules(*image, rules, linked));
    }

    static void put(tree::Tree& rootfs, const std::string& path, std::string content,
                    std::uint16_t mode, tree::Timestamp mtime) {
        if (rootfs.read(path, policy_limit) == content)
            return;
        tree::Inode inode;
        inode.mode = mode;
        inode.content = tree::Content::bytes(std::move(content));
        inode.mtime = mtime;
        rootfs.put(path, std::move(inode));
    }

    static void put_directory(tree::Tree& rootfs, const std::string& path, tree::Timestamp mtime) {
        if (rootfs.find(path, false))
            return;
        tree::Inode inode;
        inode.type = tree::FileType::directory;
        inode.mode = directory_mode;
        inode.mtime = mtime;
        rootfs.put(path, std::move(inode));
    }

    const tree::Tree& rootfs_;
    const Place& place_;
    const std::vector<Module>& modules_;
    std::string active_;
    std::vector<std::pair<std::string, std::string>> policies_; // path, content
};

} // namespace

bool is_plain(const tree::Tree& rootfs, const Place& place, const Module& module) {
    if (module.language != "cil" || checks_expansion(image_semanage_conf(rootfs)))
        return false;
    try {
        const auto rules = selinux::plain_rules(module.content, module.at.file);
        if (!rules)
            return false;
        const std::string image = rootfs.read(place.policy, policy_limit).value_or("");
        return selinux::obstacle_to(image, *rules, place.policy).empty();
    } catch (const Error&) {
        return false; // who compiles it says what is wrong
    }
}

std::vector<Module> take_plain(const tree::Tree& rootfs, const Place& place, Changes& changes) {
    if (changes.show_dontaudit)
        return {};
    const auto plain =
        std::stable_partition(changes.modules.begin(), changes.modules.end(),
                              [&](const Module& each) { return !is_plain(rootfs, place, each); });
    std::vector<Module> taken(std::make_move_iterator(plain),
                              std::make_move_iterator(changes.modules.end()));
    changes.modules.erase(plain, changes.modules.end());
    return taken;
}

std::string add_plain_modules(tree::Tree& rootfs, const Place& place,
                              const std::vector<Module>& modules, tree::Timestamp mtime) {
    if (modules.empty())
        return {};
    Addition addition(rootfs, place, modules);
    std::string why = addition.prepare();
    if (why.empty())
        addition.apply(rootfs, mtime);
    return why;
}

} // namespace selns::policy
