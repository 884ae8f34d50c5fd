#include "selns/boot/gap.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

namespace selns::boot {

namespace {

Gap gap_of_end(const Run& run, std::chrono::seconds limit) {
    if (!run.crash.empty())
        return {run.crash + " before the machine had shut down",
                "boot again; this host's own log tells when QEMU was killed for its memory"};
    if (run.end == End::failed || run.end == End::time_limit)
        return {"the machine was ended before it had shut down", "mend what the boot failed of"};
    if (const auto& asked = run.seen.stop_asked; asked && run.elapsed - *asked >= limit)
        return {
            fmt::format("the machine had not shut down {} s after it was asked to", limit.count()),
            "raise --limit, or lower TimeoutStopSec= of what does not stop in the image"};
    return {"the kernel's last words are missing: the machine was reset, not shut down",
            "boot again; the end of kernel.log may tell what happened"};
}

} // namespace

std::vector<Gap> gaps_of(const Run& run, std::chrono::seconds limit) {
    std::vector<Gap> gaps;
    if (!run.clean)
        gaps.push_back(gap_of_end(run, limit));
    if (const std::uint64_t dropped = run.seen.dropped; dropped > 0)
        gaps.push_back({"the kernel dropped messages of its own: " + human_count(dropped),
                        "let the image write less to /dev/kmsg"});
    return gaps;
}

std::optional<Gap> gap_of(const EventNumbers& events) {
    constexpr const char* advice =
        "look for what takes them: audit rules, another audit daemon, kernel.printk_ratelimit";
    if (events.senseless())
        return Gap{"the numbers of the audit events are not those of a kernel", advice};
    if (const std::uint64_t missing = events.missing(); missing > 0)
        return Gap{"audit events that are in no log, by the kernel's numbers: " +
                       human_count(missing),
                   advice};
    return std::nullopt;
}

} // namespace selns::boot
