#pragma once

#include "selns-run/line_writer.hpp"
#include "selns-run/netlink.hpp"

#include <poll.h>

#include <cstdint>
#include <map>
#include <optional>

namespace selns::run {

// The processes that descend from one, by the kernel's events about them. One that has ended is
// still known for a while: what the kernel says of it may come later.
class Family {
  public:
    explicit Family(pid_t ancestor) : ancestor_(ancestor) { members_[ancestor] = alive; }
    void forked(pid_t parent, pid_t child, std::int64_t now);
    void ended(pid_t process, std::int64_t now); // NOW in seconds
    bool has(pid_t process) const { return members_.contains(process); }
    std::size_t size() const { return members_.size(); }

  private:
    static constexpr std::int64_t alive = -1;
    static constexpr std::int64_t keep = 10; // seconds

    pid_t ancestor_;
    std::map<pid_t, std::int64_t> members_; // when they ended
    std::int64_t swept_ = 0;
};

// The process that an audit record about a denial (its text, without a type) is about.
std::optional<pid_t> denied_process(std::string_view record);

// Appends the denials of a container's processes to a file, as an audit daemon would. Holds nothing
// up, whatever the kernel tells and whoever reads the file.
class DenialLog {
  public:
    explicit DenialLog(const std::string& file);
    // From now on: those of ANCESTOR and its descendants.
    void follow(pid_t ancestor) { family_.emplace(ancestor); }

    void add(std::vector<pollfd>& events) const;
    // Takes a part of what there is.
    void step();
    // Takes the rest; as LineWriter has it.
    void finish(SignalReader& signals, int patience);
    // What is missing, as a sentence; or empty.
    std::string loss() const;

  private:
    void take_events();
    std::size_t take_records(); // returns how many there were
    void take(unsigned type, std::string_view record);

    LineWriter writer_;
    Listener events_;
    Listener records_;
    std::optional<Family> family_;
    bool processes_missed_ = false;
};

} // namespace selns::run
