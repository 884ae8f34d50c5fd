#include "selns/boot/observer.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace selns::boot {

namespace {

constexpr std::size_t longest_line = 64U << 10U;
constexpr std::size_t most_units = 1000; // a machine that lies about them must not fill memory

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

void add_once(std::vector<std::string>& names, std::string_view name) {
    if (names.size() < most_units && std::ranges::find(names, name) == names.end())
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

bool Observation::reached() const {
    return default_target.empty() ? login.has_value() : target.has_value();
}

bool Observer::units_ended() const {
    return ended_.size() == units_.size();
}

void Observer::add_kernel(std::string_view piece, Milliseconds now) {
    if (!seen_.kernel && !piece.empty())
        seen_.kernel = now;
    while (!piece.empty()) {
        const std::size_t end = piece.find('\n');
        const std::string_view part = piece.substr(0, end);
        if (line_.size() < longest_line)
            line_.append(part.substr(0, longest_line - line_.size()));
        if (end == std::string_view::npos)
            return;
        piece.remove_prefix(end + 1);
        while (line_.ends_with('\r'))
            line_.pop_back();
        take_line(message_of(line_), now);
        line_.clear();
    }
}

void Observer::add_console(std::string_view piece, Milliseconds now) {
    constexpr std::string_view prompt = "login: ";
    console_.append(piece);
    if (!seen_.login && console_.find(prompt) != std::string::npos) {
        seen_.login = now;
        last_event_ = now;
    }
    if (console_.size() > prompt.size())
        console_.erase(0, console_.size() - prompt.size());
}

void Observer::take_line(std::string_view message, Milliseconds now) {
    if (take_prefix(message, "systemd[1]: ")) {
        take_systemd(message, now);
    } else if (message.starts_with("audit: type=1400 ")) {
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
    } else if (message.starts_with("SELinux:  Initializing")) {
        if (seen_.selinux == SelinuxState::absent)
            seen_.selinux = SelinuxState::no_policy;
    } else if (message.starts_with("selns-init: root file system mounted")) {
        seen_.root = now;
        if (seen_.selinux == SelinuxState::absent)
            fail("the kernel has no SELinux, or it is switched off");
    } else {
        take_failure(message);
    }
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
    } else if (const std::size_t end = message.find(": "); end != std::string_view::npos) {
        const std::string_view unit = message.substr(0, end);
        const std::string_view event = message.substr(end + 2);
        const bool failed = event.starts_with("Failed with result");
        const bool ended = failed || event.starts_with("Deactivated successfully") ||
                           event.starts_with("Succeeded");
        if (failed && !seen_.shutdown)
            add_once(seen_.failed_units, unit);
        if (ended && units_.contains(std::string(unit)))
            ended_.emplace(unit);
        if (ended)
            last_event_ = now;
    }
}

void Observer::fail(std::string reason) {
    if (seen_.failure.empty())
        seen_.failure = std::move(reason);
}

} // namespace selns::boot
