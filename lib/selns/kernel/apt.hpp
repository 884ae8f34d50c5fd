#pragma once

#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::kernel {

// A package as an archive offers it.
struct PackageFile {
    std::string name;
    std::string version;
    std::string sha256;
    std::uint64_t size = 0;

    std::string identity() const { return name + " " + version; }
};

// This host's apt, which is asked and downloads but changes nothing of the host: what it writes
// goes into a directory of its own. Its keys and preferences are the host's, and its sources are
// unless others are given.
class Apt {
  public:
    // DIRECTORY exists, is empty, and other users can pass through it. SOURCES are lines that take
    // the place of the host's sources; none: those.
    Apt(process::Runner& runner, std::filesystem::path directory,
        const std::vector<std::string>& sources = {});

    // What PACKAGE is, or what it depends on when it is a metapackage: the first dependency that
    // begins with PREFIX is followed. Uses the host's package lists; when they do not know it, or
    // with REFRESH, lists are fetched first. A package that nobody offers is a tool_failed Error.
    PackageFile resolve(const std::string& package, std::string_view prefix, bool refresh,
                        progress::Step& step);
    // Whether lists were fetched, and the host's own left alone.
    bool has_own_lists() const { return own_lists_; }
    // Downloads PACKAGE and returns the file, verified, in DIRECTORY.
    std::filesystem::path download(const PackageFile& package, progress::Step& step);

  private:
    process::Command command(std::vector<std::string> arguments) const;
    std::map<std::string, std::string, std::less<>> show(const std::string& package);
    std::optional<PackageFile> follow(std::string package, std::string_view prefix);
    void refresh_lists(progress::Step& step);

    process::Runner& runner_;
    std::filesystem::path directory_;
    std::vector<std::string> sources_options_;
    bool own_lists_ = false;
};

// The fields of the first stanza; continuation lines are left out.
std::map<std::string, std::string, std::less<>> parse_stanza(std::string_view text);
// The first package in DEPENDS ("a (= 1), b | c") that begins with PREFIX.
std::optional<std::string> dependency(std::string_view depends, std::string_view prefix);

} // namespace selns::kernel
