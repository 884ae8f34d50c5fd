#include "selns-run/denials.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

namespace selns::run {

namespace {

constexpr unsigned avc = 1400;
constexpr unsigned user_avc = 1107;
// Headers have these in different places.
constexpr unsigned event_fork = 1;
constexpr unsigned event_exit = 0x80000000;

// In a step, so that what else there is to do comes soon.
constexpr std::size_t most_records = 256;
// More than the buffer of a socket has room for: all that was there when a step began.
constexpr std::size_t most_events = 32'768;

void ask_for_events(int socket) {
    const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
    cn_msg message{};
    message.id = {CN_IDX_PROC, CN_VAL_PROC};
    message.len = sizeof operation;
    nlmsghdr header{};
    header.nlmsg_len = NLMSG_LENGTH(sizeof message + sizeof operation);
    header.nlmsg_type = NLMSG_DONE;
    std::array<char, NLMSG_LENGTH(sizeof message + sizeof operation)> request{};
    std::memcpy(request.data(), &header, sizeof header);
    std::memcpy(request.data() + NLMSG_HDRLEN, &message, sizeof message);
    std::memcpy(request.data() + NLMSG_HDRLEN + sizeof message, &operation, sizeof operation);
    if (::send(socket, request.data(), request.size(), 0) < 0)
        throw failure("ask for the kernel's events of processes", -errno);
}

std::int64_t seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

} // namespace

void Family::forked(pid_t parent, pid_t child, std::int64_t now) {
    if (has(parent))
        members_[child] = alive;
    else if (child != ancestor_) // whose own start may be told later than we know of it
        members_.erase(child);   // a number used again
    if (now < swept_ + keep)
        return;
    swept_ = now;
    std::erase_if(members_, [now](const auto& member) {
        return member.second != alive && member.second + keep < now;
    });
}

void Family::ended(pid_t process, std::int64_t now) {
    const auto found = members_.find(process);
    if (found != members_.end())
        found->second = now;
}

std::optional<pid_t> denied_process(std::string_view record) {
    // What a process chose itself (comm, path) comes after its number.
    if (record.find("avc:  denied  {") == std::string_view::npos)
        return std::nullopt;
    const std::size_t at = record.find(" pid=");
    if (at == std::string_view::npos)
        return std::nullopt;
    record.remove_prefix(at + 5);
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(record.data(), record.data() + record.size(), pid);
    if (error != std::errc() || pid <= 0)
        return std::nullopt;
    return pid;
}

// Waits for the reader of a FIFO, as every writer does; nothing else is there yet.
DenialLog::DenialLog(const std::string& file)
    : writer_(Handle(
          linux_kernel(),
          must(linux_kernel().openat2(
                   AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600, 0),
               "open " + file))),
      events_(NETLINK_CONNECTOR, CN_IDX_PROC, "listen to the kernel's events of processes",
              "--denials needs CONFIG_PROC_EVENTS and the host's own pid namespace"),
      records_(NETLINK_AUDIT, 1 /* AUDIT_NLGRP_READLOG */, "listen to the kernel's audit log",
               "--denials needs CONFIG_AUDIT and the host's own network namespace") {
    ask_for_events(events_.fd());
}

void DenialLog::add(std::vector<pollfd>& events) const {
    events.push_back({events_.fd(), POLLIN, 0});
    events.push_back({records_.fd(), POLLIN, 0});
    events.push_back({writer_.wanted(), POLLOUT, 0});
}

void DenialLog::step() {
    if (family_)
        take_records();
    writer_.write();
}

void DenialLog::finish(SignalReader& signals, int patience) {
    // Of the host's there may be more without end.
    for (std::size_t taken = 0; family_ && taken < most_events;) {
        const std::size_t more = take_records();
        taken += more;
        writer_.write();
        if (more < most_records)
            break;
    }
    writer_.finish(signals, patience);
}

std::string DenialLog::loss() const {
    if (writer_.lost() > 0)
        return "up to " + std::to_string(writer_.lost()) +
               " denials were lost: they came faster than they could be read or written";
    return processes_missed_ ? "some denials may be missing: the kernel told of more processes "
                               "than could be read"
                             : "";
}

void DenialLog::take_events() {
    const std::int64_t now = seconds();
    events_.take(most_events, [&](unsigned, std::string_view data) {
        proc_event event{};
        if (data.size() < sizeof(cn_msg) + offsetof(proc_event, event_data))
            return;
        data.remove_prefix(sizeof(cn_msg));
        std::memcpy(&event, data.data(), std::min(data.size(), sizeof event));
        const auto what = static_cast<unsigned>(event.what);
        if (what == event_fork)
            family_->forked(event.event_data.fork.parent_tgid, event.event_data.fork.child_tgid,
                            now);
        else if (what == event_exit &&
                 event.event_data.exit.process_pid == event.event_data.exit.process_tgid)
            family_->ended(event.event_data.exit.process_tgid, now);
    });
    if (const std::uint32_t lost = events_.take_lost(); lost > 0) {
        processes_missed_ = true;
        writer_.add("selns-run: " + std::to_string(lost) +
                    " events of processes lost: denials may be missing\n");
    }
}

// A process's fork is told before it runs, so whoever is denied something is known when the events
// are taken after the record has come.
std::size_t DenialLog::take_records() {
    std::vector<std::pair<unsigned, std::string>> records;
    const std::size_t taken =
        records_.take(most_records, [&](unsigned type, std::string_view record) {
            if (type == avc || type == user_avc)
                records.emplace_back(type, record);
        });
    writer_.lose(records_.take_lost());
    take_events();
    for (const auto& [type, record] : records)
        take(type, record);
    return taken;
}

void DenialLog::take(unsigned type, std::string_view record) {
    record = record.substr(0, record.find('\0'));
    const auto process = denied_process(record);
    if (!process || !family_->has(*process))
        return;
    std::string line = type == avc ? "type=AVC msg=" : "type=USER_AVC msg=";
    for (const char c : record)
        line += c == '\n' || c == '\r' ? '?' : c;
    writer_.add(line + '\n');
}

} // namespace selns::run
