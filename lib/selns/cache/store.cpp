#include "selns/cache/store.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/sync.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/contents.hpp"
#include "selns/cache/lock.hpp"
#include "selns/cache/names.hpp"
#include "selns/cache/root.hpp"
#include "selns/cache/run_directory.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <map>
#include <system_error>
#include <utility>

namespace selns::cache {

namespace {

void require(bool good, const std::string& name) {
    if (!good)
        throw Error(ErrorKind::failed, "not a name for a cache entry: " + printable(name));
}

void sync(const Directory& directory) {
    sync_file(directory.fd(), directory.path().string());
}

void sync_tree(const Directory& directory) {
    for (const std::string& name : directory.names()) {
        if (const auto below = directory.find(name))
            sync_tree(*below);
        else if (const Fd fd = directory.open_file(name))
            sync_file(fd.get(), (directory.path() / name).string());
    }
    sync(directory);
}

void mark_use(const Directory& entry) {
    // Only for cleaning up later; a cache that cannot be written serves all the same.
    const Fd fd(::openat(entry.fd(), use_name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd)
        ::futimens(fd.get(), nullptr);
}

// A directory for what is being made; locked while its maker lives, removed with the object.
class Staging {
  public:
    Staging(const Directory& parent, const std::string& kind) : parent_(parent) {
        for (int attempt = 0; !directory_; ++attempt) {
            if (attempt == attempts)
                throw Error(ErrorKind::failed,
                            "cannot lock directories in " + parent.path().string())
                    .hint("the cache needs a file system with locks; XDG_CACHE_HOME names another");
            std::string path = (parent.path() / (kind + "-XXXXXX")).string();
            if (::mkdtemp(path.data()) == nullptr)
                throw system_error("cannot write below " + parent.path().string(), errno);
            name_ = std::filesystem::path(path).filename().string();
            directory_ = parent.find(name_);
            // Nothing when another run's sweep came in between and took it for a leftover.
            if (directory_ && (!lock_directory(*directory_) || !parent.look(name_)))
                directory_.reset();
        }
    }
    ~Staging() { parent_.remove(name_); }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    const Directory& directory() const { return *directory_; }
    const std::string& name() const { return name_; }

    static void sweep(const Directory& parent) {
        for (const std::string& name : parent.names())
            if (const auto left = is_staged(name) ? parent.find(name) : std::nullopt;
                left && lock_directory(*left))
                parent.remove(name);
    }

  private:
    static constexpr int attempts = 100;

    const Directory& parent_;
    std::string name_;
    std::optional<Directory> directory_;
};

// Puts NAME of STAGING in TARGET's place in KIND; what was there is in its place afterwards, or
// gone.
void publish(const Directory& staging, const std::string& name, const Directory& kind,
             const std::string& target, bool durable) {
    const auto settle = [&] {
        if (durable)
            sync(kind);
    };
    const auto rename = [&](unsigned flags) {
        return ::renameat2(staging.fd(), name.c_str(), kind.fd(), target.c_str(), flags) == 0;
    };
    if (kind.look(target) && rename(RENAME_EXCHANGE))
        return settle();
    // A file system without exchange: for a moment, there is no entry.
    kind.remove(target);
    if (!rename(0))
        throw system_error("cannot write " + (kind.path() / target).string(), errno);
    settle();
}

// Lock files of killed runs; one that is held or taken meanwhile stays (see Lock).
void sweep_locks(const Directory& directory) {
    for (const std::string& name : directory.names())
        if (is_lock(name))
            Lock::attempt(directory.duplicate(), name, false);
}

// Whether another directory has the name of DIRECTORY now.
bool was_replaced(const Directory& directory) {
    struct stat held = {};
    struct stat named = {};
    return ::fstat(directory.fd(), &held) == 0 && ::lstat(directory.path().c_str(), &named) == 0 &&
           (held.st_ino != named.st_ino || held.st_dev != named.st_dev);
}

} // namespace

std::filesystem::path default_root() {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/')
        return std::filesystem::path(cache) / "selns-build";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home != '/') {
        const passwd* user = ::getpwuid(::geteuid());
        home = user != nullptr ? user->pw_dir : nullptr;
    }
    if (home == nullptr || *home != '/')
        throw Error(ErrorKind::failed, "no directory for the cache")
            .hint("set XDG_CACHE_HOME or HOME");
    return std::filesystem::path(home) / ".cache" / "selns-build";
}

std::string key_of(const std::string& kind, const Inputs& inputs) {
    Fingerprint fingerprint(kind);
    for (const auto& [name, value] : inputs)
        fingerprint.add(name, value);
    return fingerprint.hex();
}

Store::Store(const std::filesystem::path& root, const Interrupt& interrupt, Tell tell)
    : root_(open_root(root, interrupt)), locks_(root_.make("locks")),
      staging_(root_.make("staging")), run_(root_.make("run")), interrupt_(interrupt),
      tell_(std::move(tell)) {
    root_.make("outputs");
    share_directory(root_, interrupt_);
    sweep_locks(locks_);
    Staging::sweep(staging_);
    RunDirectory::sweep(run_);
}

std::optional<Directory> Store::directory_of(const std::string& kind,
                                             const std::string& key) const {
    require(is_kind(kind), kind);
    require(is_key(key), key);
    const auto entries = root_.find(kind);
    return entries ? entries->find(key) : std::nullopt;
}

void Store::tell_damage(const std::filesystem::path& entry) const {
    if (tell_ && told_.insert(entry).second)
        tell_("the cache entry " + printable(entry.string()) +
              " is not what was put there; it is not used");
}

void Store::tell_foreign(const std::filesystem::path& directory) const {
    if (tell_ && told_.insert(directory).second)
        tell_(printable(directory.string()) + " has no record of an entry; it is left as it is");
}

std::optional<Entry> Store::find(const std::string& kind, const std::string& key) const {
    // What another build replaces while it is looked at is no damage: then the newer one counts.
    constexpr int looks = 10;
    for (int look = 0; look < looks; ++look) {
        const auto directory = directory_of(kind, key);
        if (!directory)
            return std::nullopt;
        auto record = read_record(*directory);
        // A record that cannot be read may be of an earlier version.
        const bool own = record && record->kind == kind && record->key == key;
        if (own && verify(*directory, *record)) {
            mark_use(*directory);
            return Entry{directory->path(), std::move(*record), false};
        }
        if (was_replaced(*directory))
            continue;
        if (own)
            tell_damage(directory->path());
        return std::nullopt;
    }
    return std::nullopt;
}

Entry Store::make(const std::string& kind, const std::string& key, const Description& description,
                  const Producer& producer, const MakeOptions& options) const {
    const auto accepted = [&]() -> std::optional<Entry> {
        auto entry = find(kind, key);
        return entry && (!options.accept || options.accept(*entry)) ? entry : std::nullopt;
    };
    if (auto entry = accepted())
        return *entry;
    const auto lock = Lock::wait(locks_.path() / (kind + "-" + key), interrupt_, options.on_wait);
    // Between the look above and the lock, another build may have made it.
    if (auto entry = accepted())
        return *entry;

    const Staging staging(staging_, kind);
    producer(staging.directory().path());
    Record record = seal(staging.directory(),
                         {kind, key, description.owner, std::time(nullptr), description.inputs, {}},
                         options.durable);
    interrupt_.check();
    const Directory entries = root_.make(kind);
    publish(staging_, staging.name(), entries, key, options.durable);
    return Entry{entries.path() / key, std::move(record), true};
}

// What was made becomes an entry: on the disk when it is DURABLE, with a record that is true.
Record Store::seal(const Directory& made, Record record, bool durable) const {
    auto contents = std::async(std::launch::async, [&made] { return take_contents(made); });
    if (durable)
        sync_tree(made);
    record.files = contents.get();
    mark_use(made);
    made.write(record_name, to_json(record));
    auto written = read_record(made);
    if (!written)
        throw Error(ErrorKind::failed, "cannot write below " + made.path().string());
    stamp(made, *written);
    if (!durable)
        return *std::move(written);
    if (const Fd fd = made.open_file(record_name); !fd || ::fsync(fd.get()) != 0)
        throw system_error("cannot write below " + made.path().string(), errno);
    sync(made);
    return *std::move(written);
}

// All that may be entries, whatever state they are in: directories that are called like keys.
std::vector<Directory> Store::directories(const std::string& kind) const {
    std::vector<Directory> result;
    if (const auto entries = root_.find(kind))
        for (const std::string& name : entries->names())
            if (auto entry = is_key(name) ? entries->find(name) : std::nullopt)
                result.push_back(*std::move(entry));
    return result;
}

std::vector<std::string> Store::kinds() const {
    std::vector<std::string> result;
    for (const std::string& name : root_.names())
        if (is_kind(name) && !directories(name).empty())
            result.push_back(name);
    return result;
}

Store::Cleaned Store::clean(std::int64_t before, bool dry_run) const {
    if (!dry_run && !lock_directory(root_))
        throw Error(ErrorKind::failed, "another selns-build uses the cache " + root().string())
            .hint("clean it when that has ended; nothing was removed");
    Cleaned cleaned;
    for (const std::string& kind : kinds())
        for (const Directory& directory : directories(kind)) {
            interrupt_.check();
            const auto record = read_record(directory);
            if (record && has_sizes(directory, *record) &&
                last_used({directory.path(), *record, false}) >= before)
                continue;
            if (!record && !has_traces(directory)) {
                tell_foreign(directory.path());
                continue;
            }
            ++cleaned.entries;
            cleaned.bytes +=
                record ? size_of(Entry{directory.path(), *record, false}) : size_of(directory);
            if (!dry_run)
                root_.find(kind)->remove(directory.path().filename().string());
        }
    return cleaned;
}

std::vector<Entry> Store::entries(const std::string& kind) const {
    require(is_kind(kind), kind);
    std::vector<Entry> result;
    for (const Directory& directory : directories(kind))
        if (auto record = read_record(directory); record && has_sizes(directory, *record))
            result.push_back({directory.path(), std::move(*record), false});
    std::sort(result.begin(), result.end(), [](const Entry& a, const Entry& b) {
        return std::pair(b.record.created, a.record.key) <
               std::pair(a.record.created, b.record.key);
    });
    return result;
}

std::optional<std::vector<Change>> Store::explain(const std::string& kind, const std::string& owner,
                                                  const Inputs& inputs) const {
    for (const Entry& entry : entries(kind))
        if (entry.record.owner == owner)
            return compare(entry.record.inputs, inputs);
    return std::nullopt;
}

std::uint64_t size_of(const Entry& entry) {
    std::uint64_t size = 0;
    for (const auto& [file, content] : entry.record.files)
        size += content.size;
    return size;
}

std::int64_t last_used(const Entry& entry) {
    struct stat status = {};
    if (::stat((entry.directory / use_name).c_str(), &status) != 0)
        return entry.record.created;
    return status.st_mtime;
}

std::vector<Change> compare(const Inputs& before, const Inputs& wanted) {
    // A name may stand there more than once: the n-th is compared with the n-th.
    using Numbered = std::map<std::pair<std::string, std::size_t>, std::string>;
    const auto number = [](const Inputs& inputs) {
        Numbered result;
        std::map<std::string, std::size_t> counts;
        for (const auto& [name, value] : inputs)
            result[{name, counts[name]++}] = value;
        return result;
    };
    const Numbered old = number(before);
    const Numbered now = number(wanted);
    std::vector<Change> changes;
    std::map<std::string, std::size_t> counts;
    for (const auto& [name, value] : wanted) {
        const auto match = old.find({name, counts[name]++});
        if (match == old.end())
            changes.push_back({name, std::nullopt, value});
        else if (match->second != value)
            changes.push_back({name, match->second, value});
    }
    for (const auto& [id, value] : old)
        if (!now.contains(id))
            changes.push_back({id.first, value, std::nullopt});
    return changes;
}

} // namespace selns::cache
