#pragma once

#include "selns/base/error.hpp"
#include "selns/log/record.hpp"
#include "selns/log/seen.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace selns::log {

constexpr const char* ioctl = "ioctl"; // the permission whose records tell a command
constexpr const char* nlmsg = "nlmsg"; // that whose records tell a netlink message's type

// A unique denial: what its record says, and what its path should have been labelled. All else
// is gathered from its records, and the same in whatever order they are read.
struct Denial : Record {
    // The context that the image's file contexts give the path, where its type is not tcontext's.
    std::string expected;
    // With it, the device that the path is on, as the record has it ("sda1", "sysfs", "0:45").
    std::string device;

    // The context is of another SELinux namespace: to the image's policy it has the type of
    // unlabeled things, which stands in its place.
    bool foreign_source = false;
    bool foreign_target = false;

    std::uint64_t records = 0; // how many; the same event in two logs counts once
    Seen seen;
    std::set<std::uint16_t> commands;   // of the ioctl records
    bool ioctl_without_command = false; // a record with ioctl did not tell which
    std::set<std::uint16_t> messages;   // types of netlink messages, of the nlmsg records
    bool enforced = false;              // some record was not of a permissive domain or system
    Location at;                        // of the record that was read first
};

// The context that the image's file contexts give a path, for the class of a denial (file, dir,
// ...); empty: no opinion. Called with paths of files only, which are absolute; the result lasts
// until the next call.
using Expected = std::function<std::string_view(std::string_view path, std::string_view tclass)>;

} // namespace selns::log
