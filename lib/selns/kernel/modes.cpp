#include "selns/kernel/modes.hpp"

namespace selns::kernel {

namespace {

using Ids = std::vector<std::string_view>;

const Ids& needed_by(Mode mode) {
    static const Ids vm = {"selinux",    "audit",      "tmpfs", "devtmpfs",
                           "virtio-pci", "virtio-blk", "serial"};
    static const Ids namespaced = {"selinux",       "selinux-namespaces", "audit",
                                   "tmpfs",         "namespaces",         "cgroups",
                                   "device-filter", "call-filter"};
    return mode == Mode::vm ? vm : namespaced;
}

// One of these holds the image; the first is the one that builds write by default.
const Ids& image_file_systems() {
    static const Ids ids = {"ext4", "squashfs", "erofs"};
    return ids;
}

const Finding* find(const std::vector<Finding>& findings, std::string_view id) {
    for (const Finding& finding : findings)
        if (finding.id == id)
            return &finding;
    return nullptr;
}

std::string reason(const Finding& finding) {
    const std::string what(ability(finding.id).what);
    if (finding.state == State::unknown)
        return "cannot tell whether it has " + what;
    return "no " + what + (finding.detail.empty() ? "" : " (" + finding.detail + ")");
}

void lower(Verdict& verdict, State to) {
    if (verdict.works != State::no)
        verdict.works = to;
}

// Returns what is there as a module only.
Ids judge_needed(const std::vector<Finding>& findings, Verdict& verdict) {
    Ids modules;
    for (const std::string_view id : needed_by(verdict.mode)) {
        const Finding* finding = find(findings, id);
        const Finding known = finding != nullptr ? *finding : Finding{id, State::unknown, {}};
        if (known.state == State::module)
            modules.push_back(id);
        if (known.state != State::no && known.state != State::unknown)
            continue;
        lower(verdict, known.state);
        verdict.reasons.push_back(reason(known));
    }
    return modules;
}

void judge_file_systems(const std::vector<Finding>& findings, Ids& modules, Verdict& verdict) {
    const Finding* best = nullptr;
    for (const std::string_view id : image_file_systems())
        if (const Finding* finding = find(findings, id);
            finding != nullptr && finding->state != State::no &&
            (best == nullptr || best->state == State::unknown))
            best = finding;
    if (best == nullptr) {
        verdict.works = State::no;
        verdict.reasons.emplace_back("no file system with labels for the image");
    } else if (best->state == State::unknown) {
        lower(verdict, State::unknown);
        verdict.reasons.emplace_back("cannot tell which file systems it has");
    } else if (best->state == State::module) {
        modules.push_back(best->id);
    }
}

// A module works only when there is something to load it before the image is mounted.
void judge_modules(const std::vector<Finding>& findings, const Ids& modules, Verdict& verdict) {
    if (modules.empty())
        return;
    std::string names;
    for (const std::string_view id : modules)
        names += (names.empty() ? "" : ", ") + std::string(ability(id).what);
    if (state_of(findings, "initramfs") == State::no) {
        verdict.works = State::no;
        verdict.reasons.push_back("modules (" + names + "), but no initramfs to load them");
    } else {
        verdict.notes.push_back("needs an initramfs with modules: " + names);
    }
}

void note_vm(const std::vector<Finding>& findings, const Ids& modules, Verdict& verdict) {
    judge_modules(findings, modules, verdict);
    if (const Finding* chosen = find(findings, "selinux-default");
        chosen != nullptr && chosen->state == State::no && verdict.works != State::no)
        verdict.notes.push_back(chosen->detail);
}

// The faults are in the series as posted; a configuration does not tell whether they are fixed.
void note_namespaced(const std::vector<Finding>& findings, Verdict& verdict) {
    if (state_of(findings, "selinux-namespaces") != State::no) {
        verdict.notes.push_back(
            "the series of 2025-08-14 has two faults: an enforcing host does not enforce its "
            "directory checks against a namespace that is permissive or has no policy, and "
            "loading a large policy can oops; make sure that this kernel has them fixed");
    }
    if (state_of(findings, "loop") == State::no)
        verdict.notes.push_back("no loop devices: only an unpacked tar can be launched");
}

} // namespace

const char* name_of(Mode mode) {
    return mode == Mode::vm ? "vm" : "namespace";
}

Verdict verdict_of(Mode mode, const std::vector<Finding>& findings) {
    Verdict verdict{mode, State::yes, {}, {}};
    Ids modules = judge_needed(findings, verdict);
    if (mode == Mode::namespaced) {
        note_namespaced(findings, verdict);
    } else {
        judge_file_systems(findings, modules, verdict);
        note_vm(findings, modules, verdict);
    }
    return verdict;
}

} // namespace selns::kernel
