#pragma once

#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace selns::pipeline {

// The output directory of one build, held by it alone, and the artifacts that wait there under
// temporary names until all of them are complete.
class Outputs {
  public:
    // Makes DIRECTORY, waits for another build that writes there (ON_WAIT is called once), and
    // removes what killed builds left.
    Outputs(const std::filesystem::path& directory, const Interrupt& interrupt,
            const std::function<void()>& on_wait);

    struct Pending {
        Pending(std::string a_kind, std::filesystem::path a_path)
            : kind(std::move(a_kind)), path(a_path), file(std::move(a_path)) {}
        std::string kind;
        std::filesystem::path path;
        AtomicFile file;
        std::string sha256;
        std::uint64_t size = 0;
    };
    // A new artifact; who writes its file tells its hash and size.
    Pending& add(const std::string& kind, const std::string& name);
    Pending& add_text(const std::string& kind, const std::string& name, const std::string& text);
    const std::deque<Pending>& pending() const { return pending_; }

    // Gives all of them their names; they are returned in the order in which they were added. The
    // manifest goes first and comes last: one that is there tells what is there, also after a kill.
    // What the manifest of before names, is as it says, and is not made any more is removed.
    std::vector<Artifact> publish();

    const std::filesystem::path& directory() const { return directory_; }

  private:
    struct Made {
        std::string name;
        std::string sha256;
    };
    std::vector<Made> made_before() const;
    void remove_stale(const std::vector<Made>& before) const;

    std::filesystem::path directory_;
    Fd lock_;
    std::deque<Pending> pending_;
};

// Remembers that OUTPUTS were made from FINGERPRINT, and how their files looked then, in a file of
// the cache: an untouched output directory needs no look at its contents.
class OutputState {
  public:
    OutputState(const std::filesystem::path& cache_root, const std::filesystem::path& directory,
                const std::string& name);
    struct Made {
        std::vector<Artifact> artifacts;
        bool module_changed = false; // the merged local module differs from the recipe's
        std::string facts = {};      // what else the build's result says, see result_facts.hpp
    };
    // What was made, when it was made from FINGERPRINT and nobody touched it.
    std::optional<Made> unchanged(const std::string& fingerprint) const;
    // The same from what the file has said of DIRECTORY, in which all of them are.
    static std::optional<Made> unchanged(const std::string& fingerprint, const std::string& text,
                                         const std::filesystem::path& directory);
    void remember(const std::string& fingerprint, const Made& made) const;
    void forget() const;

  private:
    std::filesystem::path directory_;
    std::filesystem::path file_;
};

} // namespace selns::pipeline
