#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::tree {

using InodeId = std::uint32_t;

// One name of a directory.
struct Name {
    std::string name;
    InodeId inode;
};

// The names in a directory, for Tree. Names that come in order are appended; others wait in a map
// and are merged in bulk, so that any order of n names costs about n log n. The const functions are
// safe to call from several threads, although they may merge.
class Directory {
  public:
    Directory() = default;
    Directory(const Directory& other) : names_(other.names()) {}
    Directory& operator=(const Directory&) = delete;
    ~Directory() = default;

    // Sorted by bytes.
    const std::vector<Name>& names() const;
    std::optional<InodeId> find(std::string_view name) const;
    bool empty() const;

    // Adds NAME, or makes it refer to INODE.
    void set(std::string_view name, InodeId inode);
    void erase(std::string_view name);

  private:
    void merge() const;

    mutable std::vector<Name> names_;
    mutable std::map<std::string, InodeId, std::less<>> waiting_; // not in names_
    mutable std::atomic<bool> merged_{true};                      // waiting_ is empty
    mutable std::mutex mutex_;                                    // while it is not
};

} // namespace selns::tree
