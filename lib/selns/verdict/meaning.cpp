#include "selns/verdict/meaning.hpp"

#include "selns/base/text.hpp"
#include "selns/label/pattern.hpp"
#include "selns/verdict/meaning_names.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace selns::verdict {

namespace {

using namespace meaning;
using selinux::RuleMark;

constexpr auto source = RuleMark::Side::source;
constexpr auto target = RuleMark::Side::target;

constexpr Meanings no_file = 1U << 31U; // while marks are made

constexpr Meanings obeyed = program | unit | boot | device_rule | policy_file;

// What domains may do makes them strong.
constexpr std::array power_rules = {
    RuleMark{"security", "load_policy setenforce setsecparam", source, changes_policy},
    RuleMark{"security", "setbool", source, administers},
    RuleMark{"system",
             "module_load firmware_load kexec_image_load kexec_initramfs_load policy_load", source,
             runs_in_kernel, true},
    RuleMark{"system", "module_load", target, boot},
    RuleMark{"capability", "sys_module sys_rawio", source, runs_in_kernel, true},
    RuleMark{"capability", "sys_admin", source, administers, true},
    RuleMark{"capability", "sys_ptrace", source, controls_others, true},
    RuleMark{"capability2", "mac_admin mac_override bpf", source, administers, true},
    RuleMark{"bpf", "prog_load", source, runs_in_kernel, true},
    RuleMark{"process", "dyntransition", source, changes_identity},
    RuleMark{"blk_file", "write", source, uses_raw_disks, false, raw_device},
    RuleMark{"service", "start enable reload", target, unit},
    RuleMark{"capability", "audit_control audit_write", source, controls_audit, true},
    RuleMark{"netlink_audit_socket", "nlmsg_write", source, controls_audit, true},
};

// So does whom they control and what they may write. What starts a strong one is a program.
constexpr std::array file_rules = {
    RuleMark{"file", "write create relabelto", source, writes_programs, false, obeyed},
    RuleMark{"file", "read write", source, keeps_passwords, false, secret},
    RuleMark{"process", "ptrace", source, controls_others, false, powers},
    RuleMark{"file", "entrypoint", RuleMark::Side::target_type, program, false, powers},
    RuleMark{"file", "entrypoint", RuleMark::Side::target_type, entry},
};

// A domain gets there in any number of steps. Other powers are left out: half of all daemons may
// start a program that reads password hashes or sets up a network.
constexpr std::array start_rules = {
    RuleMark{"process", "dyntransition ptrace transition", source, starts_strong, false,
             changes_policy | runs_in_kernel | starts_strong},
};

// Named places by the byte after their slash: file contexts have thousands of paths.
class Places {
  public:
    Places() {
        for (const NamedMeaning& entry : named_places())
            for (const std::string_view place : split_words(entry.names))
                places_[second(place)].emplace_back(place, entry.meanings);
    }

    // Of files whose paths begin so.
    Meanings of(std::string_view beginning) const {
        for (const auto& [place, meanings] : places_[second(beginning)])
            if (beginning.starts_with(place))
                return meanings;
        return 0;
    }

  private:
    static unsigned char second(std::string_view path) {
        return static_cast<unsigned char>(path.size() > 1 ? path[1] : '\0');
    }

    std::array<std::vector<std::pair<std::string_view, Meanings>>, 256> places_;
};

} // namespace

TypeMeanings::TypeMeanings(const selinux::PolicyDb& policy, std::span<const LabelledPath> paths)
    : marks_(policy) {
    mark_names();
    mark_paths(paths);
    marks_.clear(unit, no_file | configuration);
    marks_.clear(program | unit | entry, data);
    marks_.mark_rules({power_rules, file_rules, start_rules});
}

void TypeMeanings::mark_names() {
    for (const NamedMeaning& entry : named_types())
        for (const std::string_view name : split_words(entry.names))
            if (!marks_.mark(name, entry.meanings))
                lacking_.emplace_back(name);
    std::ranges::sort(lacking_);
    lacking_.erase(std::unique(lacking_.begin(), lacking_.end()), lacking_.end());
    for (const NamedMeaning& entry : named_attributes())
        for (const std::string_view name : split_words(entry.names))
            marks_.mark(name, entry.meanings);
    marks_.mark_file_systems(kernel_file_systems(), kernel_interface);
    marks_.mark_initial(selinux::sid_kernel, powers);
    marks_.mark_initial(selinux::sid_devnull, no_file); // which masks units
}

// A type counts when all of its files are in such places: others are everybody's.
void TypeMeanings::mark_paths(std::span<const LabelledPath> paths) {
    static const Places places;
    std::string storage;
    std::unordered_map<std::string_view, Meanings> types;
    for (const LabelledPath& labelled : paths) {
        const Meanings meanings = places.of(label::literal_start(labelled.path, storage));
        Meanings& all = types.try_emplace(labelled.type, meanings).first->second;
        all = all == 0 || meanings == 0 ? 0 : all | meanings;
    }
    for (const auto& [type, meanings] : types)
        marks_.mark(type, meanings);
}

Meanings meanings_of_name(std::string_view type) {
    Meanings meanings = 0;
    for (const NamedMeaning& entry : named_types())
        for (const std::string_view name : split_words(entry.names))
            meanings |= name == type ? entry.meanings : 0;
    for (const NamedMeaning& entry : named_attributes())
        for (const std::string_view name : split_words(entry.names))
            meanings |= name == type ? entry.meanings : 0;
    for (const NamedMeaning& entry : named_endings())
        for (const std::string_view ending : split_words(entry.names))
            meanings |= type.ends_with(ending) ? entry.meanings : 0;
    return meanings;
}

} // namespace selns::verdict
