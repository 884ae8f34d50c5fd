#include "selns/pipeline/verdict_base.hpp"

#include "selns/label/apply.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace selns::pipeline {

namespace {

std::uint32_t file_type(std::string_view tclass) {
    constexpr std::array<std::pair<std::string_view, std::uint32_t>, 7> types = {
        {{"file", S_IFREG},
         {"dir", S_IFDIR},
         {"lnk_file", S_IFLNK},
         {"chr_file", S_IFCHR},
         {"blk_file", S_IFBLK},
         {"fifo_file", S_IFIFO},
         {"sock_file", S_IFSOCK}}};
    const auto* found =
        std::ranges::find(types, tclass, [](const auto& entry) { return entry.first; });
    return found == types.end() ? 0 : found->second;
}

// Their files' labels come from the policy's genfscon rules, or from who made them.
bool labelled_by_kernel(std::string_view device) {
    constexpr std::array<std::string_view, 19> names = {
        "anon_inodefs", "binfmt_misc", "bpf",    "cgroup", "cgroup2", "configfs", "debugfs",
        "devpts",       "efivarfs",    "mqueue", "nsfs",   "pipefs",  "proc",     "pstore",
        "securityfs",   "selinuxfs",   "sockfs", "sysfs",  "tracefs"};
    return std::ranges::find(names, device) != names.end();
}

} // namespace

VerdictBase::VerdictBase(const tree::Tree& rootfs, const policy::Place& place,
                         policy::Neverallows neverallows)
    : VerdictBase(rootfs.read(place.policy).value_or(""), place.policy, std::move(neverallows),
                  label::Matcher(label::read_specifications(rootfs, place.config + "/contexts"))) {}

VerdictBase::VerdictBase(std::string image, std::string name)
    : VerdictBase(std::move(image), std::move(name), {}, {}) {}

VerdictBase::VerdictBase(std::string image, std::string name,
                         std::optional<policy::Neverallows> neverallows,
                         std::optional<label::Matcher> matcher)
    : neverallows_(std::move(neverallows)), matcher_(std::move(matcher)),
      opened_(
          std::async(std::launch::async, [this, image = std::move(image), name = std::move(name)] {
              return std::make_unique<const Opened>(image, name,
                                                    neverallows_ ? &*neverallows_ : nullptr);
          })) {}

VerdictBase::Opened::Opened(const std::string& image, const std::string& name,
                            const policy::Neverallows* neverallows)
    : db(selinux::PolicyDb::read(image, name)), decisions(db), policy(db, decisions, neverallows) {}

denials::Expected VerdictBase::expected() const {
    if (!matcher_)
        return {};
    return [this](std::string_view path, std::string_view tclass,
                  std::string_view device) -> std::string {
        const std::uint32_t type = file_type(tclass);
        if (type == 0 || labelled_by_kernel(device))
            return {};
        const label::Specification* found = matcher_->find(path, type);
        return found == nullptr ? std::string() : found->context;
    };
}

std::vector<std::string> VerdictBase::unknown() const {
    std::vector<std::string> names;
    if (!neverallows_)
        names.emplace_back("neverallow rules");
    if (!matcher_)
        names.emplace_back("file contexts");
    return names;
}

} // namespace selns::pipeline
