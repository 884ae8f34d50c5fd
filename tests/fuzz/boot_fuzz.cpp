// What a machine writes to its ports, an audit daemon's log and a journal, of any shape: never a
// crash, never more memory than the limits say, and the same in whatever pieces it comes.
#include "selns/boot/audit_log.hpp"
#include "selns/boot/observer.hpp"
#include "selns/boot/unit_journal.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace selns;

namespace {

constexpr std::chrono::milliseconds now{1};

void require(bool holds) {
    if (!holds)
        std::abort();
}

void observe(std::string_view input) {
    boot::Observer whole({"w.service"});
    boot::Observer pieces({"w.service"});
    whole.add_kernel(input, now);
    whole.add_console(input, now);
    for (std::size_t at = 0; at < input.size(); at += 3) {
        pieces.add_kernel(input.substr(at, 3), now);
        pieces.add_console(input.substr(at, 3), now);
    }
    const boot::Observation& seen = whole.seen();
    require(seen.failed_units.size() <= 1000 && seen.failed_access.size() <= 100);
    require(seen.denials == pieces.seen().denials && seen.failure == pieces.seen().failure);
    require(seen.events.missing() == pieces.seen().events.missing());
    require(whole.units_ended() == pieces.units_ended());
}

void read_log(std::string_view input) {
    tree::Tree tree;
    const auto put = [&](const std::string& path) {
        tree::Inode inode;
        inode.content = tree::Content::bytes(std::string(input));
        tree.put(path, std::move(inode));
    };
    for (const char* path : {"/etc/audit/auditd.conf", "/var/log/audit/audit.log",
                             "/var/log/audit/audit.log.1", "/srv/audit.log"})
        put(path);
    auto log = boot::find_audit_log(tree);
    if (!log)
        return;
    std::size_t size = 0;
    boot::EventNumbers events;
    boot::read_audit_log(*log, [&](std::string_view piece) { size += piece.size(); }, events, {});
    require(size <= 2 * (input.size() + 1));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    observe(input);
    read_log(input);
    require(boot::last_messages(input, {"w.service"}).size() <= 1);
    return 0;
}
