#pragma once

#include "selns/cache/store.hpp"
#include "selns/process/process.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace selns::apt {

struct Answer {
    std::string text;
    bool lasting = true; // false: only good for this run
};

// What this host's apt and dpkg answered, kept in the cache as long as all that they answer from
// stays as it is: package lists, configuration, what is installed, and the programs themselves, by
// names, sizes and times. To compare those takes about a millisecond; to ask, hundreds.
class Answers {
  public:
    // Both must outlive it.
    Answers(const cache::Store& store, process::Runner& runner);

    // The answer to QUESTION: the one that is kept, else ASK's.
    std::string get(const std::string& question, const std::function<Answer()>& ask) const;
    // The standard output of a program of apt's or dpkg's; empty when it is missing or fails, as
    // on a host that is no Debian.
    std::string output_of(const std::vector<std::string>& argv) const;
    // Where its package lists are; empty when it does not say.
    const std::filesystem::path& lists() const { return lists_; }

  private:
    const cache::Store& store_;
    process::Runner& runner_;
    std::string state_;
    std::filesystem::path lists_;
};

} // namespace selns::apt
