#include "selns/query/base_policy.hpp"

#include "selns/base/file.hpp"
#include "selns/base/program.hpp"
#include "selns/label/apply.hpp"
#include "selns/pipeline/inputs.hpp"
#include "selns/pipeline/policy_source.hpp"
#include "selns/pipeline/policy_work.hpp"
#include "selns/pipeline/root.hpp"
#include "selns/policy/android.hpp"
#include "selns/policy/root_directory.hpp"
#include "selns/query/output_directory.hpp"
#include "selns/query/read_image.hpp"
#include "selns/selinux/store.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/ostree.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace selns::query {

namespace {

constexpr std::string_view kernel_policy_magic = "\x8c\xff\x7c\xf9"; // 0xf97cff8c
constexpr std::uint64_t policy_limit = 256U << 20U;
constexpr const char* what = "the base policy, to judge denials against";

// What of a root file system verdicts are made against.
struct Base {
    tree::Tree rootfs;
    policy::Place place;
    std::optional<std::string> neverallows; // none: the policy does not tell
};

std::unique_ptr<pipeline::VerdictBase> open(Base base) {
    return std::make_unique<pipeline::VerdictBase>(base.rootfs, base.place,
                                                   std::move(base.neverallows));
}

Base base_of(pipeline::PolicyWork& work, tree::Tree rootfs) {
    std::string neverallows = work.neverallows(rootfs);
    policy::Place place = policy::find_place(rootfs, work.type());
    return {std::move(rootfs), std::move(place), std::move(neverallows)};
}

constexpr const char* root_name = "root";
constexpr std::uint64_t most_kept = 256U << 20U; // bytes of one file

// The few MiB of BASE that matter.
void keep(const Base& base, const std::filesystem::path& directory) {
    const std::string selinux = policy::selinux_directory(base.rootfs);
    const std::string config = selinux + "/" + base.place.type;
    auto files = label::specification_files(config + "/contexts");
    files.push_back(config + "/policy/" +
                    std::filesystem::path(base.place.policy).filename().string());
    files.push_back(selinux + "/config");
    if (base.place.type == policy::android_type)
        files = policy::android_files();
    for (const std::string& file : files)
        if (const auto content = base.rootfs.read(file, most_kept)) {
            const std::filesystem::path copy = directory / root_name / file.substr(1);
            std::filesystem::create_directories(copy.parent_path());
            write_file(copy, *content);
        }
    if (base.rootfs.find(tree::ostree_mark, false))
        std::filesystem::create_directory(directory / root_name / (tree::ostree_mark + 1));
    if (base.neverallows)
        write_file(directory / pipeline::neverallow_name, *base.neverallows);
}

Base kept_in(const std::filesystem::path& directory) {
    Base base{tree::read_directory(directory / root_name, {}), {}, {}};
    const auto config = policy::read_config(base.rootfs);
    base.place = policy::find_policy(base.rootfs, config ? config->type : policy::android_type);
    if (std::filesystem::exists(directory / pipeline::neverallow_name))
        base.neverallows = read_file(directory / pipeline::neverallow_name);
    return base;
}

// The base of INPUTS in the cache, made by MAKE when it is not there.
std::unique_ptr<pipeline::VerdictBase> open_kept(const cache::Inputs& inputs,
                                                 const std::string& owner,
                                                 const std::function<Base()>& make,
                                                 const Context& context) {
    const cache::Entry entry =
        context.cache.make("verdicts", cache::key_of("verdicts", inputs), {owner, inputs},
                           [&](const std::filesystem::path& staging) { keep(make(), staging); });
    Base base = kept_in(entry.directory);
    if (!entry.made) {
        progress::Step step(context.sink, "policy", what);
        step.finish(fmt::format("{}, version {}", base.place.type, base.place.version), true);
    }
    return open(std::move(base));
}

std::unique_ptr<pipeline::VerdictBase> of_recipe(const recipe::Recipe& recipe,
                                                 const Context& context) {
    const pipeline::RootSource source(recipe, context);
    const bootstrap::Archive archive = source.archive(false, pipeline::Checks::when_made);
    const cache::Inputs inputs = pipeline::base_policy_inputs(recipe, source.overlay(), archive);
    const auto make = [&] {
        auto [rootfs, epoch] = pipeline::read_root(recipe, archive, context);
        pipeline::PolicyWork work(context, pipeline::policy_type(recipe, rootfs), recipe.name,
                                  pipeline::tools_of(recipe));
        std::string neverallows = work.make_base(
            rootfs,
            pipeline::base_changes(recipe, pipeline::container_module(
                                               pipeline::with_policy_type(recipe, rootfs), rootfs)),
            what, epoch, true);
        policy::Place place = policy::find_place(rootfs, work.type());
        return Base{std::move(rootfs), std::move(place), std::move(neverallows)};
    };
    return open_kept(inputs, recipe.name, make, context);
}

bool is_kernel_policy(const std::filesystem::path& file) {
    const Fd fd = open_read(file, Input::disk);
    std::string magic(kernel_policy_magic.size(), '\0');
    try {
        pread_all(fd.get(), magic.data(), magic.size(), 0);
    } catch (const Error&) {
        return false; // shorter than that
    }
    return magic == kernel_policy_magic;
}

Base without_local_module(tree::Tree rootfs, const std::filesystem::path& path,
                          const std::string& module, const Context& context) {
    const auto config = policy::read_config(rootfs);
    if (!config && policy::is_android(rootfs)) {
        policy::Place place = policy::find_android(rootfs);
        return {std::move(rootfs), std::move(place), std::nullopt};
    }
    if (!config)
        throw no_policy_in(path);
    pipeline::PolicyWork work(
        context, config->type, path.filename().string(),
        {.allowed = false,
         .at = {path.string()},
         .hint = "name its recipe with --recipe, which may allow that (`selinux: { "
                 "tools: image }`), or work on a host with a newer libsepol"});
    const auto modules =
        policy::installed_modules(rootfs, policy::find_place(rootfs, config->type));
    const bool has_local =
        std::ranges::any_of(modules, [&](const policy::InstalledModule& installed) {
            return installed.name == module && installed.priority == selinux::local_priority;
        });
    if (has_local) {
        policy::Changes changes;
        changes.removed = {module};
        work.commit(rootfs, changes, "the base policy, without the local module", {});
    }
    return base_of(work, std::move(rootfs));
}

// What is wrong in an image is told of it.
Base base_of_image(tree::Tree rootfs, const std::filesystem::path& path, const std::string& module,
                   const Context& context) {
    try {
        return without_local_module(std::move(rootfs), path, module, context);
    } catch (Error& error) {
        if (!error.location().known())
            error.at({path.string()});
        throw;
    }
}

std::unique_ptr<pipeline::VerdictBase> of_image(const std::filesystem::path& path,
                                                const std::string& module, const Context& context) {
    const std::string before = identity_of(path);
    const auto make = [&] {
        Base base = base_of_image(read_image(path, &context.cache), path, module, context);
        if (identity_of(path) != before)
            throw Error(ErrorKind::failed, path.string() + " changed while it was read");
        return base;
    };
    return open_kept({{"program", program_identity()}, {"image", before}, {"module", module}},
                     path.filename().string(), make, context);
}

} // namespace

std::unique_ptr<pipeline::VerdictBase>
open_base(const PolicyChoice& choice, const std::string& module, const Context& context) {
    if (choice.recipe != nullptr)
        return of_recipe(*choice.recipe, context);
    if (std::filesystem::is_directory(choice.path))
        return open(base_of_image(policy::read_root_directory(tree::Disk(choice.path), true),
                                  choice.path, module, context));
    if (is_kernel_policy(choice.path))
        return std::make_unique<pipeline::VerdictBase>(read_file(choice.path, policy_limit),
                                                       choice.path.string());
    return of_image(choice.path, module, context);
}

} // namespace selns::query
