#pragma once

#include "selns/boot/gap.hpp"
#include "selns/boot/machine.hpp"
#include "selns/boot/unit_journal.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace selns::pipeline {

// What a machine left, and whether all denials are in it.
struct BootLogs {
    std::filesystem::path kernel;
    std::filesystem::path console;
    std::optional<std::filesystem::path> audit; // of an audit daemon, rotated logs among it
    std::uint64_t records = 0;                  // denials in them, the same event once
    std::uint64_t unique = 0;
    std::vector<boot::Gap> gaps; // none: all denials were seen
    boot::UnitLines unit_lines;  // of the failed units, from the journal on the disk
};

// Keeps in DIRECTORY what MACHINE said in RUN, which had LIMIT, and what daemons left on its disk.
// All of it is hostile; what cannot be read of an audit daemon is a gap.
BootLogs keep_logs(const boot::Machine& machine, const boot::Run& run, std::chrono::seconds limit,
                   const std::filesystem::path& directory, const Context& context);

} // namespace selns::pipeline
