#include "selns/verdict/file_systems.hpp"

namespace selns::verdict {

namespace {

// Until there is another root it is the kernel's own, and labels are set in it as on a disk.
constexpr std::string_view early_root = "rootfs";

// Numbers of no driver: of NFS and its like.
bool is_number_of_none(std::string_view device) {
    constexpr std::string_view start = "0:";
    return device.starts_with(start) && device.size() > start.size() &&
           device.find_first_not_of("0123456789", start.size()) == std::string_view::npos;
}

} // namespace

FileSystems::FileSystems(const selinux::PolicyDb& policy) {
    using Labels = selinux::FileSystem::Labels;
    const auto systems = policy.file_systems();
    Names with_labels{std::string(early_root)}; // whatever genfscon says besides
    for (const selinux::FileSystem& system : systems)
        if (system.labels == Labels::stored)
            with_labels.insert(system.name);
    for (const selinux::FileSystem& system : systems) {
        if (with_labels.contains(system.name))
            continue;
        if (system.labels == Labels::of_creator)
            of_file_system_.insert(system.type);
        else
            unlabelled_.insert(system.name);
        if (system.labels == Labels::of_policy)
            of_policy_.insert(system.type);
    }
}

// What programs label where it has been made, device nodes by udev, is another matter than what
// nobody has.
bool FileSystems::label(std::string_view type, std::string_view tclass,
                        std::string_view device) const {
    if (unlabelled_.contains(device) || is_number_of_none(device) || of_policy_.contains(type))
        return true;
    return of_file_system_.contains(type) && tclass != "chr_file" && tclass != "blk_file";
}

} // namespace selns::verdict
