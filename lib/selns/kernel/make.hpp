#pragma once

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::kernel {

// The output of make: kept in a file, its steps counted, its end remembered.
class BuildLog {
  public:
    // An empty FILE: none is written. TOTAL: the steps that are expected; 0 when nobody knows.
    BuildLog(std::filesystem::path file, std::uint64_t total, progress::Step& step);

    void text(std::string_view data);
    // A tool_failed Error: WHAT failed, the lines that tell why, and where the rest is.
    Error failure(const std::string& what) const;
    std::uint64_t steps() const { return steps_; }

  private:
    void line(std::string_view line);

    std::filesystem::path file_;
    std::uint64_t total_;
    progress::Step& step_;
    Fd fd_;
    std::string partial_;
    std::uint64_t steps_ = 0;
    std::deque<std::string> tail_;
    std::vector<std::string> errors_;
};

// Runs the make of a kernel's source in an environment that only what is given here decides.
class Make {
  public:
    // STAMP is the time that the kernel says it was built at.
    Make(std::filesystem::path source, std::string stamp, process::Runner& runner, BuildLog& log);

    // Throws what BuildLog::failure() gives.
    void run(const std::vector<std::string>& arguments, const std::string& what);
    // With one more variable in the environment.
    void run_with(const std::string& variable, const std::vector<std::string>& arguments,
                  const std::string& what);
    // What make says about itself: "image_name", "kernelrelease".
    std::string ask(const std::string& target);
    const std::filesystem::path& source() const { return source_; }

  private:
    process::Command command(const std::vector<std::string>& arguments,
                             const std::string& variable) const;

    std::filesystem::path source_;
    std::string stamp_;
    process::Runner& runner_;
    BuildLog& log_;
};

} // namespace selns::kernel
