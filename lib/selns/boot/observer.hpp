#pragma once

#include "selns/boot/line_buffer.hpp"
#include "selns/boot/observation.hpp"

#include <set>
#include <string>
#include <string_view>

namespace selns::boot {

// Follows a boot by what the machine's two serial ports say: the kernel's messages, among them
// those of systemd (systemd.log_target=kmsg), which nothing tears; and the console, where services
// write and the login prompt appears. Neither needs anything in the image. Bytes may be anything.
class Observer {
  public:
    using Milliseconds = std::chrono::milliseconds;

    // UNITS: whose end is waited for. CONTAINER: a launcher starts the image.
    explicit Observer(std::set<std::string> units = {}, bool container = false)
        : units_(std::move(units)), container_(container) {}

    // The next piece of either, read at NOW.
    void add_kernel(std::string_view piece, Milliseconds now);
    void add_console(std::string_view piece, Milliseconds now);

    const Observation& seen() const { return seen_; }
    // The machine was asked to stop.
    void ask_to_stop(Milliseconds now) { seen_.stop_asked = now; }
    // The boot can go no further; the first reason counts.
    void fail(std::string reason);
    // When something last happened: a denial, or a unit that came or went.
    Milliseconds last_event() const { return last_event_; }
    // Whether all the units ended that are waited for.
    bool units_ended() const;

  private:
    void take_line(std::string_view line, Milliseconds now);
    void take_audit(std::string_view message, Milliseconds now);
    void take_systemd(std::string_view message, Milliseconds now);
    void take_unit(std::string_view unit, std::string_view event, Milliseconds now);
    void take_failure(std::string_view message);
    void take_failed_access(std::string_view line);

    std::set<std::string> units_;
    bool container_;
    std::set<std::string> ended_;
    Observation seen_;
    Milliseconds last_event_{0};
    LineBuffer kernel_;
    LineBuffer console_;
    std::string prompt_; // the end of what the console gave
};

} // namespace selns::boot
