#pragma once

#include "selns/boot/event_numbers.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::boot {

enum class SelinuxState {
    absent,    // the kernel has none, or it is off
    no_policy, // none was loaded
    permissive,
    enforcing,
};

// Whose policy it is.
enum class SelinuxNamespace {
    machine,   // the machine's own, which has no other
    container, // the container's own
};

std::string_view name_of(SelinuxState state);
std::string_view name_of(SelinuxNamespace selinux_namespace);
std::optional<SelinuxNamespace> namespace_of(std::string_view name);
// What is said of a boot that came up without one.
extern const std::string_view no_policy_loaded;

// What was seen of a boot. Times are since the machine was started.
struct Observation {
    using Time = std::optional<std::chrono::milliseconds>;

    Time kernel;                // its first message
    Time root;                  // the root file system mounted
    Time policy;                // loaded
    Time target;                // systemd's default target reached
    Time login;                 // a login prompt on the console
    Time stop_asked;            // ctrl-alt-del was sent
    Time shutdown;              // systemd began to stop what runs
    std::string default_target; // "graphical.target"; empty: systemd did not say
    SelinuxState selinux = SelinuxState::absent;
    // Of a container, as its launcher said before it began: it may write to the kernel's log, too.
    std::optional<SelinuxNamespace> selinux_namespace;
    std::vector<std::string> failed_units; // in the order of their failures, each once
    // How their processes ended, in systemd's words: "exited, status=1/FAILURE". Of those that were
    // started at all.
    std::map<std::string, std::string> exits;
    std::uint64_t denials = 0; // records in the kernel's messages; the same twice counts twice
    EventNumbers events;       // of the audit events in the kernel's messages
    bool audit_daemon = false; // one took over: what came after is in its log alone
    std::uint64_t dropped = 0; // messages that the kernel lost before they were written
    bool down = false;         // the kernel's last words: it switches off or restarts
    // What programs were refused, by their own words, without the process's number; each once. Any
    // bytes; the first hundred.
    std::vector<std::string> failed_access;
    // Why it can go no further, in one line: a panic, no root device, ...
    std::string failure;

    // All that a boot is for: the target, or of an init that is not systemd the login prompt.
    bool reached() const;
};

} // namespace selns::boot
