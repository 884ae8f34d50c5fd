#include "selns/process/descendants.hpp"

#include "selns/base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace selns::process {

namespace {

struct CloseDirectory {
    void operator()(DIR* stream) const { ::closedir(stream); }
};

// The parent of process NAME, a folder of /proc; 0 when it is gone.
pid_t parent_of(const char* name) {
    const Fd fd(::open(("/proc/" + std::string(name) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 512> buffer;
    const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
    const std::string_view text(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    // "PID (NAME) STATE PARENT ...", where NAME may hold anything.
    const auto end = text.rfind(')');
    const auto fields = split_words(end == text.npos ? std::string_view() : text.substr(end + 1));
    return fields.size() > 1 ? std::atoi(std::string(fields[1]).c_str()) : 0;
}

std::multimap<pid_t, pid_t> children_by_parent() {
    std::multimap<pid_t, pid_t> children;
    const std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
    while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr)
        if (const pid_t pid = std::atoi(entry->d_name); pid > 0)
            children.emplace(parent_of(entry->d_name), pid);
    return children;
}

void add_descendants(pid_t pid, const std::multimap<pid_t, pid_t>& children,
                     std::set<pid_t>& found) {
    if (!found.insert(pid).second)
        return;
    const auto [begin, end] = children.equal_range(pid);
    for (auto child = begin; child != end; ++child)
        add_descendants(child->second, children, found);
}

} // namespace

Descendants::Descendants(pid_t pid) {
    std::set<pid_t> found;
    add_descendants(pid, children_by_parent(), found);
    found.erase(pid);
    for (const pid_t one : found) {
        Fd process(static_cast<int>(::syscall(SYS_pidfd_open, one, 0)));
        // The number may have been given away in between; then its parent is another one.
        const pid_t parent = parent_of(std::to_string(one).c_str());
        if (process && (parent == pid || found.contains(parent)))
            processes_.push_back(std::move(process));
    }
}

void Descendants::wait(std::chrono::steady_clock::time_point deadline) const {
    using std::chrono::milliseconds;
    for (const Fd& process : processes_) {
        pollfd end = {process.get(), POLLIN, 0};
        int ready = -1;
        while (ready < 0) {
            const auto left = std::chrono::duration_cast<milliseconds>(
                deadline - std::chrono::steady_clock::now());
            ready = ::poll(&end, 1, static_cast<int>(std::max(left, milliseconds(0)).count()));
            if (ready < 0 && errno != EINTR)
                return;
        }
    }
}

void Descendants::kill() const {
    for (const Fd& process : processes_)
        ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
}

// Stopped first: what is stopped starts nothing more, and leaves no orphan that could be missed.
void kill_with_descendants(pid_t pid) {
    std::set<pid_t> stopped;
    for (;;) {
        std::set<pid_t> found;
        add_descendants(pid, children_by_parent(), found);
        const std::size_t before = stopped.size();
        for (const pid_t one : found)
            if (stopped.insert(one).second)
                ::kill(one, SIGSTOP);
        if (stopped.size() == before)
            break;
    }
    for (const pid_t one : stopped)
        ::kill(one, SIGKILL);
}

} // namespace selns::process
