#include "selns-build/progress/amount.hpp"

#include "selns-build/look.hpp"
#include "selns/base/text.hpp"

namespace selns::cmd {

std::string amount_of(const progress::Event& event) {
    if (event.done == 0 && event.total == 0)
        return {};
    const bool bytes = event.unit == "bytes";
    std::string done = bytes ? human_size(event.done) : human_count(event.done);
    if (event.total > 0) {
        const std::string total = bytes ? human_size(event.total) : human_count(event.total);
        // "143 of 244 MiB" when both have one unit.
        const auto unit = done.find(' ');
        if (bytes && unit != std::string::npos && total.ends_with(done.substr(unit)))
            done.resize(unit);
        done += " of " + total;
    }
    return bytes || event.unit.empty() ? done : done + " " + on_screen(event.unit);
}

std::string short_amount_of(const progress::Event& event) {
    progress::Event counted = event;
    if (counted.total > 0 && counted.unit != "bytes")
        counted.unit.clear();
    return amount_of(counted);
}

} // namespace selns::cmd
