#include "selns/kernel/probe.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t facts_limit = 1U << 20U;

std::optional<std::string> read_if_there(const fs::path& file) {
    try {
        return read_file(file, facts_limit);
    } catch (const Error&) {
        return std::nullopt;
    }
}

// Reading the attribute changes nothing. Its number is that of the working tree as of 2026-08.
std::optional<bool> has_selinux_namespaces() {
    constexpr long get_self_attr = 459; // lsm_get_self_attr(2), Linux 6.8
    constexpr unsigned unshare = 106;   // LSM_ATTR_UNSHARE
    std::array<char, 4096> buffer{};
    auto size = static_cast<std::uint32_t>(buffer.size());
    if (::syscall(get_self_attr, unshare, buffer.data(), &size, 0) >= 0)
        return true;
    // EPERM is a sandbox's answer.
    if (errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL)
        return false;
    return std::nullopt;
}

std::vector<std::string> file_systems(const fs::path& root) {
    std::vector<std::string> names;
    const auto text = read_if_there(root / "proc/filesystems").value_or("");
    for (const std::string_view line : split(text, '\n'))
        if (const auto words = split_words(line); !words.empty())
            names.emplace_back(words.back());
    return names;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Finding& find(std::vector<Finding>& findings, std::string_view id) {
    return *std::find_if(findings.begin(), findings.end(),
                         [&](const Finding& finding) { return finding.id == id; });
}

void learn(Finding& finding, State state, std::string detail) {
    finding.state = state;
    finding.detail = std::move(detail);
}

// The list of active modules is the last word on SELinux, whatever was built in.
void add_security(const Running& running, std::vector<Finding>& findings) {
    if (!running.security)
        return;
    const std::string order = "active: " + printable(join(*running.security, ", "));
    const bool active = contains(*running.security, "selinux");
    if (active)
        learn(find(findings, "selinux"), State::yes, order);
    else if (Finding& selinux = find(findings, "selinux"); selinux.state == State::unknown)
        learn(selinux, State::no, "not active, maybe not built in; " + order);
    Finding& chosen = find(findings, "selinux-default");
    if (chosen.state == State::unknown && active)
        learn(chosen, State::yes, order);
    else if (!active && chosen.state != State::no)
        learn(chosen, State::no, "needs security=selinux on the kernel's command line; " + order);
}

// Built into the kernel or loaded: whether it takes labels is another question, so that a
// configuration has the last word.
void add_file_systems(const Running& running, std::vector<Finding>& findings) {
    for (Finding& finding : findings) {
        const std::string_view name = ability(finding.id).file_system;
        if (finding.state != State::unknown || name.empty() || name == "selinuxfs")
            continue;
        if (contains(running.file_systems, name))
            learn(finding, State::yes, "in /proc/filesystems");
    }
}

void add_namespaces(const Running& running, std::vector<Finding>& findings) {
    if (running.namespaces.empty())
        return;
    const auto learn_if_unknown = [&](std::string_view id,
                                      std::initializer_list<std::string_view> names) {
        Finding& finding = find(findings, id);
        const bool all = std::all_of(names.begin(), names.end(), [&](std::string_view name) {
            return contains(running.namespaces, name);
        });
        if (finding.state == State::unknown)
            learn(finding, all ? State::yes : State::no, "from /proc/self/ns");
    };
    learn_if_unknown("namespaces", {"uts", "ipc", "pid", "net"});
    learn_if_unknown("user-namespaces", {"user"});
}

} // namespace

Running probe(const fs::path& root) {
    Running running;
    struct utsname name = {};
    if (::uname(&name) == 0)
        running.release = name.release;
    if (const auto order = read_if_there(root / "sys/kernel/security/lsm")) {
        running.security.emplace();
        for (const std::string_view module : split(*order, ','))
            running.security->emplace_back(trim(module));
    }
    running.file_systems = file_systems(root);
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root / "proc/self/ns", ignored))
        running.namespaces.push_back(entry.path().filename().string());
    running.selinux_namespaces = has_selinux_namespaces();
    return running;
}

void add_probed(const Running& running, std::vector<Finding>& findings) {
    add_security(running, findings);
    add_file_systems(running, findings);
    add_namespaces(running, findings);
    if (running.selinux_namespaces) {
        Finding& finding = find(findings, "selinux-namespaces");
        if (*running.selinux_namespaces)
            learn(finding, State::yes, "the kernel has the attribute to unshare one");
        else if (finding.state == State::unknown)
            learn(finding, State::no, "the kernel has no attribute to unshare one");
    }
}

} // namespace selns::kernel
