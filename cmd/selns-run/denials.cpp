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

// A netlink socket that gets what GROUP does. LARGE, since what does not fit is lost.
Handle listen_to(int protocol, unsigned group, const std::string& what, const std::string& hint) {
    Kernel& kernel = linux_kernel();
    Handle socket(kernel, ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = group;
    if (!socket ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw failure(what, -errno, hint);
    const int large = 8 << 20;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large);
    return socket;
}

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

// Calls TAKE with each message that SOCKET, whose sender has to be the kernel, has now. False when
// some were lost.
template <typename Take>
bool for_each_message(int socket, Take take) {
    alignas(nlmsghdr) static std::array<char, std::size_t{64} << 10U> buffer;
    bool complete = true;
    for (;;) {
        sockaddr_nl sender{};
        socklen_t size = sizeof sender;
        const ssize_t got = ::recvfrom(socket, buffer.data(), buffer.size(), 0,
                                       reinterpret_cast<sockaddr*>(&sender), &size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ENOBUFS) {
            complete = false;
            continue;
        }
        if (got <= 0)
            return complete;
        if (sender.nl_pid != 0 || static_cast<std::size_t>(got) < sizeof(nlmsghdr))
            continue;
        nlmsghdr header{};
        std::memcpy(&header, buffer.data(), sizeof header);
        // The length in an audit record's header is not always that of the message.
        take(header.nlmsg_type,
             std::string_view(buffer.data(), static_cast<std::size_t>(got)).substr(NLMSG_HDRLEN));
    }
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

DenialLog::DenialLog(const std::string& file)
    : file_(linux_kernel(),
            must(linux_kernel().openat2(
                     AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600, 0),
                 "open " + file)),
      events_(listen_to(NETLINK_CONNECTOR, CN_IDX_PROC,
                        "listen to the kernel's events of processes",
                        "--denials needs CONFIG_PROC_EVENTS and the host's own pid namespace")),
      records_(listen_to(NETLINK_AUDIT, 1 /* AUDIT_NLGRP_READLOG */,
                         "listen to the kernel's audit log",
                         "--denials needs CONFIG_AUDIT and the host's own network namespace")) {
    ask_for_events(events_.get());
}

void DenialLog::add(std::vector<pollfd>& events) const {
    events.push_back({events_.get(), POLLIN, 0});
    events.push_back({records_.get(), POLLIN, 0});
}

void DenialLog::step() {
    if (family_)
        take_records();
}

void DenialLog::take_events() {
    const std::int64_t now = seconds();
    const bool complete = for_each_message(events_.get(), [&](unsigned, std::string_view data) {
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
    lost_ = lost_ || !complete;
}

// A process's fork is told before it runs, so whoever is denied something is known when the events
// are taken after the record has come.
void DenialLog::take_records() {
    std::vector<std::pair<unsigned, std::string>> records;
    const bool complete =
        for_each_message(records_.get(), [&](unsigned type, std::string_view data) {
            records.emplace_back(type, data);
        });
    lost_ = lost_ || !complete;
    take_events();
    for (const auto& [type, record] : records)
        take(type, record);
}

void DenialLog::take(unsigned type, std::string_view record) {
    if (type != avc && type != user_avc)
        return;
    record = record.substr(0, record.find('\0'));
    const auto process = denied_process(record);
    if (!process || !family_->has(*process))
        return;
    std::string line = type == avc ? "type=AVC msg=" : "type=USER_AVC msg=";
    for (const char c : record)
        line += c == '\n' || c == '\r' ? '?' : c;
    line += '\n';
    if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        lost_ = true;
}

} // namespace selns::run
