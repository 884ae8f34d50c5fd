#pragma once

#include "selns-run/kernel.hpp"

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

// Appends the denials of a container's processes to a file, as an audit daemon would.
class DenialLog {
  public:
    explicit DenialLog(const std::string& file);
    // From now on: those of ANCESTOR and its descendants.
    void follow(pid_t ancestor) { family_.emplace(ancestor); }

    void add(std::vector<pollfd>& events) const;
    // Takes what there is.
    void step();
    bool incomplete() const { return lost_; }

  private:
    void take_events();
    void take_records();
    void take(unsigned type, std::string_view record);

    Handle file_;
    Handle events_;
    Handle records_;
    std::optional<Family> family_;
    bool lost_ = false;
};

} // namespace selns::run
