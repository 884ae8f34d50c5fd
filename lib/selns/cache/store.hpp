#pragma once

#include "selns/base/interrupt.hpp"
#include "selns/cache/directory.hpp"
#include "selns/cache/record.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace selns::cache {

// $XDG_CACHE_HOME/selns-build, else ~/.cache/selns-build.
std::filesystem::path default_root();

// Something kept: a directory of files that never change. Another build may put a newer one in
// its place; a file opened before stays readable.
struct Entry {
    std::filesystem::path directory;
    Record record;
    bool made = false; // by this very call, not found
};

// Who makes an entry, and from what.
struct Description {
    std::string owner; // the recipe's name
    Inputs inputs;     // must cover everything that the key was made from
};

// What differs between the inputs wanted and those of an older entry.
struct Change {
    std::string name;
    std::optional<std::string> before; // nothing: an input that was not there
    std::optional<std::string> after;
};

// A content-addressed store below one directory, safe for concurrent builds:
//
//     KIND/KEY/              an entry; inputs.json in it says that it is complete
//     staging/               what is being made, each directory locked by its maker
//     locks/, run/           see Lock, RunDirectory
//     outputs/               see pipeline::OutputState
//     CACHEDIR.TAG           see open_root()
//
// A kind is one of the words that is_kind() knows ("bootstrap", "policy"), a key the hexadecimal
// hash of the inputs. What is called otherwise was not made here, and is let alone.
class Store {
  public:
    // Makes ROOT when needed and removes what killed runs left in it and in temporary roots.
    // INTERRUPT must outlive the store.
    // TELL hears of entries that are not what was put there. See open_root() for what is refused.
    using Tell = std::function<void(const std::string& message)>;
    Store(const std::filesystem::path& root, const Interrupt& interrupt, Tell tell = {});

    const std::filesystem::path& root() const { return root_.path(); }
    std::filesystem::path register_directory() const { return run_.path(); }

    // Nothing when there is none or a damaged one: its content is held against what was hashed when
    // it was made (see verify()). Counts as a use (see last_used()).
    std::optional<Entry> find(const std::string& kind, const std::string& key) const;

    // Fills the empty directory that it gets; throws to give up.
    using Producer = std::function<void(const std::filesystem::path& staging)>;
    struct MakeOptions {
        // Whether an entry that exists will do; without it, any does. One that does not is
        // replaced, atomically. Asked again under the lock, so it must be cheap.
        std::function<bool(const Entry&)> accept = {};
        // Called once when another build holds the key.
        std::function<void()> on_wait = {};
        // Whether it is on the disk before it is an entry. What is soon made again need not be: a
        // crash of the machine can leave it damaged.
        bool durable = true;
    };
    // The entry of KEY: found, or made by PRODUCER. While one build makes it, others wait and then
    // get what it made. Nothing half-made is ever seen under the key.
    Entry make(const std::string& kind, const std::string& key, const Description& description,
               const Producer& producer, const MakeOptions& options) const;
    Entry make(const std::string& kind, const std::string& key, const Description& description,
               const Producer& producer) const {
        return make(kind, key, description, producer, MakeOptions{});
    }

    // All entries of KIND, the newest first; their content is not looked at.
    std::vector<Entry> entries(const std::string& kind) const;

    // Of those that there are entries of, sorted.
    std::vector<std::string> kinds() const;

    // What was removed, or would be.
    struct Cleaned {
        std::uint64_t entries = 0;
        std::uint64_t bytes = 0;
    };
    // Removes the entries that were last used before BEFORE (seconds since the epoch), and damaged
    // ones, as long as something is left of their record; with DRY_RUN, counts them only. An Error
    // while another process uses the store.
    Cleaned clean(std::int64_t before, bool dry_run) const;

    // Why KIND with INPUTS is not there: how they differ from the newest entry that OWNER has.
    // Nothing when OWNER has none.
    std::optional<std::vector<Change>> explain(const std::string& kind, const std::string& owner,
                                               const Inputs& inputs) const;

  private:
    std::optional<Directory> directory_of(const std::string& kind, const std::string& key) const;
    std::vector<Directory> directories(const std::string& kind) const;
    Record seal(const Directory& made, Record record, bool durable) const;
    void tell_damage(const std::filesystem::path& entry) const;
    void tell_foreign(const std::filesystem::path& directory) const;

    Directory root_; // locked together with all who use the store
    Directory locks_;
    Directory staging_;
    Directory run_;
    const Interrupt& interrupt_;
    Tell tell_;
    mutable std::set<std::filesystem::path> told_;
};

// The key of KIND made from INPUTS.
std::string key_of(const std::string& kind, const Inputs& inputs);

// Bytes of all its files.
std::uint64_t size_of(const Entry& entry);

// Seconds since the epoch.
std::int64_t last_used(const Entry& entry);

// How WANTED differs from BEFORE, by name, in WANTED's order; then what is gone.
std::vector<Change> compare(const Inputs& before, const Inputs& wanted);

} // namespace selns::cache
