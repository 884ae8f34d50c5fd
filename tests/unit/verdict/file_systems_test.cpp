#include "selns/verdict/file_systems.hpp"
#include "support/catch.hpp"
#include "support/cil_policy.hpp"
#include "support/host_policy.hpp"

using namespace selns::test;
using selns::selinux::PolicyDb;
using selns::verdict::FileSystems;

namespace {

FileSystems with(const std::string& statements) {
    std::string text = small_cil();
    for (const char* type : {"net_t", "proc_t", "shm_t", "disk_t", "root_t"})
        text += "(type " + std::string(type) + ") (roletype object_r " + type + ")";
    return FileSystems(PolicyDb::read(compile_cil(text + statements), "policy"));
}

} // namespace

TEST_CASE("genfscon and fs_use tell which files nobody can relabel") {
    const FileSystems systems = with("(genfscon p9 / (user_u object_r net_t (low low)))"
                                     "(genfscon proc / (user_u object_r proc_t (low low)))"
                                     "(genfscon rootfs / (user_u object_r root_t (low low)))"
                                     "(genfscon both / (user_u object_r root_t (low low)))"
                                     "(fsuse xattr both (user_u object_r disk_t (low low)))"
                                     "(fsuse xattr ext4 (user_u object_r disk_t (low low)))"
                                     "(fsuse task pipefs (user_u object_r disk_t (low low)))"
                                     "(fsuse trans tmpfs (user_u object_r shm_t (low low)))");
    CHECK(systems.label("net_t", "file", "sda1")); // by its type
    CHECK(systems.label("base_t", "file", "p9"));  // by the device: a mount option
    CHECK(systems.label("base_t", "fifo_file", "pipefs"));
    CHECK_FALSE(systems.label("disk_t", "file", "sda1"));
    CHECK(systems.label("base_t", "file", "0:45")); // NFS
    CHECK(systems.label("shm_t", "dir", "tmpfs"));  // as the file system itself
    CHECK_FALSE(systems.label("shm_t", "chr_file", "tmpfs"));
    CHECK_FALSE(systems.label("base_t", "file", "tmpfs")); // somebody has labelled it
    CHECK_FALSE(systems.label("root_t", "file", "rootfs"));
    CHECK_FALSE(systems.label("base_t", "file", "both"));
    CHECK_FALSE(systems.label("base_t", "file", "ext4"));
    for (const char* device : {"", "sda1", "0:", "0:x", "8:1"})
        CHECK_FALSE(systems.label("base_t", "file", device));
    CHECK_FALSE(FileSystems().label("net_t", "file", "p9"));
}

TEST_CASE("file systems of Debian's policy") {
    const std::string image = host_policy();
    if (image.empty())
        return;
    const FileSystems systems(PolicyDb::read(image, "policy"));
    for (const char* type : {"nfs_t", "cifs_t", "dosfs_t", "fusefs_t", "iso9660_t", "sysfs_t",
                             "proc_t", "cgroup_t", "hugetlbfs_t", "tmpfs_t", "removable_t"})
        CHECK(systems.label(type, "file", "") == (std::string(type) != "removable_t"));
    for (const char* type : {"etc_t", "root_t", "user_home_t", "var_lib_t", "tmp_t", "fs_t"})
        CHECK_FALSE(systems.label(type, "file", "sda1"));
    CHECK_FALSE(systems.label("device_t", "chr_file", "devtmpfs"));
    for (const char* device : {"sysfs", "proc", "cifs", "fuse", "nfs4", "vfat", "0:60"})
        CHECK(systems.label("user_home_t", "file", device));
    for (const char* device : {"tmpfs", "overlay", "ext4", "xfs", "dm-0", "lustre"})
        CHECK_FALSE(systems.label("user_home_t", "file", device));
}
