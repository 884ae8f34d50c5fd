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

// A unique denial: what its record says, and what its path should have been labelled. All else
// is gathered from its records, and the same in whatever order they are read.
struct Denial : Record {
    // The context that the image's file contexts give the path, where its type is not tcontext's.
    std::string expected;

    // The context is of another SELinux namespace: to the image's policy it has the type of
    // unlabeled things, which stands in its place.
    bool foreign_source = false;
    bool foreign_target = false;

    std::uint64_t records = 0; // how many; the same event in two logs counts once
    Seen seen;
    std::set<std::uint16_t> commands;   // of the ioctl records
    bool ioctl_without_command = false; // a record with ioctl did not tell which
    bool enforced = false;              // some record was not of a permissive domain or system
    Location at;                        // of the record that was read first
};

// The context that the image's file contexts give a path, for the class of a denial (file, dir,
// ...) and the device it is on; empty: no opinion. Called with absolute paths only; the result
// lasts until the next call.
using Expected = std::function<std::string_view(std::string_view path, std::string_view tclass,
                                                std::string_view device)>;

} // namespace selns::log
