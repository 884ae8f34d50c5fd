#include "selns/boot/observer.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace selns::boot {

namespace {

// A machine that lies must not fill memory.
constexpr std::size_t most_units = 1000;
constexpr std::size_t most_failed_access = 100;
constexpr std::size_t longest_failed_access = 300; // bytes

// What follows "[   13.158760] "; the message itself without one.
std::string_view message_of(std::string_view line) {
    if (!line.starts_with('['))
        return line;
    const std::size_t end = line.find("] ");
    return end == std::string_view::npos ? line : line.substr(end + 2);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find_first_of(" ,"));
}

void add_once(std::vector<std::string>& names, std::string_view name, std::size_t most) {
    if (names.size() < most && std::ranges::find(names, name) == names.end())
        names.emplace_back(name);
}

// "graphical.target - Graphical Interface." since systemd 249; before, "Graphical Interface.".
bool names_target(std::string_view text, std::string_view target) {
    if (first_word(text) == target)
        return true;
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> old = {
        {{"graphical.target", "Graphical Interface."},
         {"multi-user.target", "Multi-User System."},
         {"basic.target", "Basic System."}}};
    return std::ranges::find(old, std::pair(target, text)) != old.end();
}

// With its description alone before systemd 249.
bool names_audit_daemon(std::string_view message) {
    return message.starts_with("Started auditd.service") ||
           message.starts_with("Started Security Auditing Service");
}

// LINE without what colours it on a terminal.
std::string without_escapes(std::string_view line) {
    std::string text;
    while (!line.empty()) {
        const std::size_t escape = std::min(line.find("\x1b["), line.size());
        text += line.substr(0, escape);
        line.remove_prefix(escape);
        const std::size_t end = line.find_first_not_of("0123456789;", 2);
        line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    }
    return text;
}

// "systemd-tmpfiles[113]: Failed to ..." is the same whatever its number.
void drop_process_number(std::string& line) {
    const std::size_t open = line.find('[');
    const std::size_t close = line.find("]: ");
    if (open < close && close != std::string::npos &&
        line.find_first_not_of("0123456789", open + 1) == close)
        line.erase(open, close + 1 - open);
}

// How the C library says what SELinux answers: EACCES, and EPERM for capabilities.
bool tells_of_failed_access(std::string_view line) {
    return line.find("ermission denied") != std::string_view::npos ||
           line.find("peration not permitted") != std::string_view::npos;
}

// "** 12 printk messages dropped **"
std::uint64_t dropped_messages(std::string_view message) {
    std::uint32_t count = 0;
    if (!take_prefix(message, "** ") || message.find(" messages dropped") == message.npos)
        return 0;
    std::from_chars(message.data(), message.data() + message.size(), count);
    return std::max(count, 1U);
}

} // namespace

const std::string_view no_policy_loaded =
    "no policy was loaded: the image has none, or SELINUX=disabled";

std::string_view name_of(SelinuxState state) {
    switch (state) {
    case SelinuxState::absent:
        return "absent";
    case SelinuxState::no_policy:
        return "no policy";
    case SelinuxState::permissive:
        return "permissive";
    case SelinuxState::enforcing:
        return "enforcing";
    }
    return {};
}

std::string_view name_of(SelinuxNamespace selinux_namespace) {
    switch (selinux_namespace) {
    case SelinuxNamespace::machine:
        return "machine";
    case SelinuxNamespace::container:
        return "container";
    }
    return {};
}

std::optional<SelinuxNamespace> namespace_of(std::string_view name) {
    for (const auto one : {SelinuxNamespace::machine, SelinuxNamespace::container})
        if (name == name_of(one))
            return one;
    return std::nullopt;
}

bool Observation::reached() const {
    return default_target.empty() ? login.has_value() : target.has_value();
}

bool Observer::units_ended() const {
    return ended_.size() == units_.size();
}

void Observer::add_kernel(std::string_view piece, Milliseconds now) {
    if (!seen_.kernel && !piece.empty())
        seen_.kernel = now;
    kernel_.add(piece, [&](std::string_view line) { take_line(message_of(line), now); });
}

void Observer::add_console(std::string_view piece, Milliseconds now) {
    constexpr std::string_view prompt = "login: ";
    prompt_.append(piece);
    if (!seen_.login && prompt_.find(prompt) != std::string::npos) {
        seen_.login = now;
        last_event_ = now;
    }
    if (prompt_.size() > prompt.size())
        prompt_.erase(0, prompt_.size() - prompt.size());
    console_.add(piece, [&](std::string_view line) { take_failed_access(line); });
}

void Observer::take_line(std::string_view message, Milliseconds now) {
    if (message.starts_with("audit: "))
        return take_audit(message, now);
    take_failed_access(message);
    if (take_prefix(message, "systemd[1]: ")) {
        take_systemd(message, now);
    } else if (message.starts_with("SELinux:  Initializing")) {
        if (seen_.selinux == SelinuxState::absent)
            seen_.selinux = SelinuxState::no_policy;
    } else if (message.starts_with("selns-init: root file system mounted")) {
        seen_.root = now;
        if (seen_.selinux == SelinuxState::absent)
            fail("the kernel has no SELinux, or it is switched off");
    } else if (take_prefix(message, "selns-run: the SELinux namespace is of the ")) {
        if (container_ && !seen_.selinux_namespace) // the first time counts
            seen_.selinux_namespace = namespace_of(message);
    } else if (message.starts_with("reboot: ")) {
        seen_.down = true;
    } else {
        seen_.dropped += dropped_messages(message);
        take_failure(message);
    }
}

void Observer::take_audit(std::string_view message, Milliseconds now) {
    if (const auto number = event_number(message))
        seen_.events.add(*number);
    if (message.starts_with("audit: type=1400 ")) {
        if (message.find("avc:  denied") != std::string_view::npos) {
            ++seen_.denials;
            last_event_ = now;
        }
    } else if (message.starts_with("audit: type=1403 ")) {
        seen_.policy = seen_.policy ? seen_.policy : now;
        if (seen_.selinux != SelinuxState::enforcing)
            seen_.selinux = SelinuxState::permissive;
    } else if (message.starts_with("audit: type=1404 ")) {
        seen_.selinux = message.find(" enforcing=1 ") != std::string_view::npos
                            ? SelinuxState::enforcing
                            : SelinuxState::permissive;
    } else if (message.starts_with("audit: type=1305 ") &&
               message.find(" audit_pid=") != std::string_view::npos) {
        seen_.audit_daemon = true; // it came or went
    }
}

void Observer::take_failed_access(std::string_view line) {
    if (seen_.failed_access.size() == most_failed_access || !tells_of_failed_access(line))
        return;
    const std::string plain = without_escapes(line);
    std::string text(trim(message_of(plain)));
    drop_process_number(text);
    if (!text.starts_with("audit: "))
        add_once(seen_.failed_access, text.substr(0, longest_failed_access), most_failed_access);
}

void Observer::take_failure(std::string_view message) {
    if (take_prefix(message, "selns-init: cannot "))
        fail("cannot " + printable(message));
    else if (take_prefix(message, "Kernel panic - not syncing: "))
        fail("the kernel panicked: " + printable(message));
    else if (take_prefix(message, "SELinux: ") &&
             message.find("does not match my version range") != std::string_view::npos)
        fail("the kernel does not take the image's policy: " + printable(trim(message)));
}

// The words are systemd's, from version 247 on.
void Observer::take_systemd(std::string_view message, Milliseconds now) {
    if (take_prefix(message, "Queued start job for default target ")) {
        seen_.default_target = message.substr(0, message.rfind('.'));
        if (!seen_.default_target.ends_with(".target")) // before 249: its description
            seen_.default_target = "graphical.target";
        if (seen_.selinux == SelinuxState::no_policy) // it would have loaded it before
            fail(std::string(no_policy_loaded));
    } else if (take_prefix(message, "Reached target ")) {
        last_event_ = now;
        if (!seen_.target && names_target(message, seen_.default_target))
            seen_.target = now;
        else if (first_word(message) == "emergency.target")
            fail("systemd started emergency mode");
        else if (!seen_.shutdown && first_word(message) == "shutdown.target")
            seen_.shutdown = now;
    } else if (message.starts_with("Failed to load SELinux policy")) {
        fail("systemd could not load the image's policy");
    } else if (names_audit_daemon(message)) {
        seen_.audit_daemon = true;
    } else if (const std::size_t end = message.find(": "); end != std::string_view::npos) {
        take_unit(message.substr(0, end), message.substr(end + 2), now);
    }
}

void Observer::take_unit(std::string_view unit, std::string_view event, Milliseconds now) {
    const bool failed = event.starts_with("Failed with result");
    // "Main process exited, code=exited, status=1/FAILURE"; "Control process" of ExecStartPre= etc.
    if (const std::size_t code = event.find(" process exited, code=");
        code != std::string_view::npos && !seen_.shutdown && seen_.exits.size() < most_units)
        seen_.exits[std::string(unit)] =
            event.substr(event.find('=', code) + 1).substr(0, longest_failed_access);
    const bool ended =
        failed || event.starts_with("Deactivated successfully") || event.starts_with("Succeeded");
    if (failed && !seen_.shutdown)
        add_once(seen_.failed_units, unit, most_units);
    if (ended && units_.contains(std::string(unit)))
        ended_.emplace(unit);
    if (ended)
        last_event_ = now;
}

void Observer::fail(std::string reason) {
    if (seen_.failure.empty())
        seen_.failure = std::move(reason);
}

} // namespace selns::boot
