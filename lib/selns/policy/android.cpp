#include "selns/policy/android.hpp"

#include "selns/base/error.hpp"

#include <array>

namespace selns::policy {

namespace {

using Places = std::array<const char*, 2>; // today's, and that of old releases; the first counts

// In the order of Android's init and libselinux: later ones win.
constexpr std::array<Places, 5> contexts = {
    {{"/system/etc/selinux/plat_file_contexts", "/plat_file_contexts"},
     {"/system_ext/etc/selinux/system_ext_file_contexts",
      "/system/system_ext/etc/selinux/system_ext_file_contexts"},
     {"/product/etc/selinux/product_file_contexts",
      "/system/product/etc/selinux/product_file_contexts"},
     {"/vendor/etc/selinux/vendor_file_contexts", "/vendor_file_contexts"},
     {"/odm/etc/selinux/odm_file_contexts", "/odm_file_contexts"}}};

constexpr std::array<const char*, 4> policies = {
    "/odm/etc/selinux/precompiled_sepolicy", "/vendor/etc/selinux/precompiled_sepolicy",
    "/system/etc/selinux/precompiled_sepolicy", "/sepolicy"};

bool has_file(const tree::Tree& rootfs, const char* path) {
    const auto id = rootfs.find(path);
    return id && rootfs.inode(*id).type == tree::FileType::regular;
}

} // namespace

bool is_android(const tree::Tree& rootfs) {
    return has_file(rootfs, contexts[0][0]) || has_file(rootfs, contexts[0][1]);
}

std::vector<std::string> android_files() {
    std::vector<std::string> files(policies.begin(), policies.end());
    for (const Places& places : contexts)
        files.insert(files.end(), places.begin(), places.end());
    return files;
}

Place find_android(const tree::Tree& rootfs) {
    Place place;
    place.type = android_type;
    place.config = rootfs.real_path("/system/etc/selinux");
    for (const Places& places : contexts)
        for (const char* path : places)
            if (has_file(rootfs, path)) {
                place.split_contexts.push_back(rootfs.real_path(path));
                break;
            }
    for (const char* path : policies)
        if (place.policy.empty() && has_file(rootfs, path))
            place.policy = rootfs.real_path(path);
    if (place.policy.empty())
        throw Error(ErrorKind::invalid_input,
                    "the Android image has no compiled policy (precompiled_sepolicy, sepolicy)")
            .hint(
                "the vendor partition has it: an archive of system and vendor together is needed");
    return place;
}

} // namespace selns::policy
