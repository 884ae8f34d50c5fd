#pragma once

#include "selns/base/error.hpp"
#include "selns/bootstrap/changes.hpp"
#include "selns/bootstrap/packages.hpp"
#include "selns/progress/progress.hpp"

#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::bootstrap {

inline constexpr std::size_t log_line_limit = 1000; // what is looked at

// Whether LINE is mmdebstrap's and only says that something else failed.
bool is_mmdebstrap_wrapper(std::string_view line);

// What helps against a failure whose reason contains MARK.
struct Advice {
    std::string_view mark;
    std::string_view text;
};
// The first of OWN, or of those on what this machine lacks, that fits REASON; empty when none does.
std::string_view advice_on(std::string_view reason, std::span<const Advice> own);

// Follows what the hooks write of themselves (hooks.hpp), and keeps the last lines of
// all others. Its memory is bounded, whatever is written.
class HookLog {
  public:
    // Which packages count: those told of before a command, or the list that the hook begins last.
    enum class Packages { before_commands, last_list };

    // RUN is the run directory.
    HookLog(const Changes& changes, const std::filesystem::path& run, progress::Step& step,
            Packages counting = Packages::before_commands);

    // Whether LINE is a hook's.
    bool take(std::string_view line);
    // Keeps a line that is not.
    void remember(std::string_view line);

    bool in_command() const { return command_.has_value(); }
    // The SHA-256 of the base, when it was kept.
    std::optional<std::string> kept_base() const;
    bool base_is_old() const { return base_ == "is old"; }
    const std::string& offered() const { return offered_; }
    std::vector<Package> packages() const; // sorted, each once
    void add(Package package);
    // Why it failed, when a command did.
    std::optional<Error> failure() const;
    // The last lines; of a command, since it began.
    const std::deque<std::string>& tail() const { return tail_; }

    // TEXT with local packages called what the recipe calls them.
    std::string with_own_paths(std::string text) const;
    // Where the recipe names the local package that TEXT is about.
    std::optional<Location> place_of_file(std::string_view text) const;

  private:
    const Changes& changes_;
    Packages counting_;
    std::vector<std::string> uploaded_; // local packages, in the run directory
    progress::Step& step_;
    std::string base_;    // what was said of it
    std::string offered_; // for it
    std::vector<Package> packages_;
    std::deque<std::string> tail_;
    std::optional<std::size_t> command_;
    std::optional<std::string> status_; // of the command, when it failed
};

// The number that TEXT is, when it is one and nothing else.
std::optional<std::size_t> number_of(std::string_view text);

} // namespace selns::bootstrap
