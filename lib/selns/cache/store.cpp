#include "selns/cache/store.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/cache/lock.hpp"
#include "selns/cache/remove.hpp"
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
#include <map>
#include <system_error>
#include <utility>

namespace selns::cache {

namespace {

// Its time of last modification is the entry's last use.
constexpr const char* use_name = "last-used";

void check_name(const std::string& name) {
    const bool good =
        !name.empty() &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (!good)
        throw Error(ErrorKind::failed, "not a name for a cache entry: " + name);
}

void sync(const std::filesystem::path& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd)
        throw system_error("cannot open " + path.string(), errno);
    // Some file systems know no fsync of directories.
    if (::fsync(fd.get()) != 0 && errno != EINVAL)
        throw system_error("cannot write " + path.string(), errno);
}

void sync_tree(const std::filesystem::path& directory) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory))
        if (file.is_directory() || file.is_regular_file())
            sync(file.path());
    sync(directory);
}

// A directory for what is being made; locked while its maker lives, removed with the object.
class Staging {
  public:
    Staging(const std::filesystem::path& parent, const std::string& kind) {
        std::filesystem::create_directories(parent);
        for (int attempt = 0; !lock_; ++attempt) {
            if (attempt == attempts)
                throw Error(ErrorKind::failed, "cannot lock directories in " + parent.string())
                    .hint("the cache needs a file system with locks; XDG_CACHE_HOME names another");
            std::string name = (parent / (kind + "-XXXXXX")).string();
            if (::mkdtemp(name.data()) == nullptr)
                throw system_error("cannot write below " + parent.string(), errno);
            path_ = name;
            // Nothing when another run's sweep came in between and took it for a leftover.
            lock_ = lock_directory(path_);
        }
    }
    ~Staging() { remove_plain(path_); }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    const std::filesystem::path& path() const { return path_; }

    static void sweep(const std::filesystem::path& parent) {
        std::error_code ignored;
        for (const auto& left : std::filesystem::directory_iterator(parent, ignored))
            if (const auto lock = lock_directory(left.path()))
                remove_plain(left.path());
    }

  private:
    static constexpr int attempts = 100;

    std::filesystem::path path_;
    std::optional<Fd> lock_;
};

// Puts STAGING in TARGET's place; what was there is in STAGING's place afterwards, or gone.
void publish(const std::filesystem::path& staging, const std::filesystem::path& target) {
    std::filesystem::create_directories(target.parent_path());
    if (std::filesystem::exists(target)) {
        if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0)
            return sync(target.parent_path());
        // A file system without exchange: for a moment, there is no entry.
        remove_plain(target);
    }
    if (::rename(staging.c_str(), target.c_str()) != 0)
        throw system_error("cannot write " + target.string(), errno);
    sync(target.parent_path());
}

// Lock files of killed runs; one that is held or taken meanwhile stays (see Lock).
void sweep_locks(const std::filesystem::path& directory) {
    std::error_code ignored;
    for (const auto& file : std::filesystem::directory_iterator(directory, ignored))
        Lock::attempt(file.path(), false);
}

void touch(const std::filesystem::path& file) {
    // Only for cleaning up later; a cache that cannot be written serves all the same.
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (fd)
        ::futimens(fd.get(), nullptr);
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

Store::Store(std::filesystem::path root, const Interrupt& interrupt)
    : root_(std::move(root)), interrupt_(interrupt) {
    std::error_code error;
    std::filesystem::create_directories(root_ / "locks", error);
    if (error)
        throw system_error("cannot make the cache " + root_.string(), error.value())
            .hint("set XDG_CACHE_HOME to a directory that can be written");
    used_ = share_directory(root_, interrupt_);
    sweep_locks(root_ / "locks");
    Staging::sweep(root_ / "staging");
    RunDirectory::sweep(register_directory());
}

std::filesystem::path Store::entry_path(const std::string& kind, const std::string& key) const {
    check_name(kind);
    check_name(key);
    return root_ / kind / key;
}

std::optional<Entry> Store::find(const std::string& kind, const std::string& key) const {
    const auto directory = entry_path(kind, key);
    auto record = read_record(directory);
    if (!record || record->kind != kind || record->key != key)
        return std::nullopt;
    touch(directory / use_name);
    return Entry{directory, std::move(*record), false};
}

Entry Store::make(const std::string& kind, const std::string& key, const Description& description,
                  const Producer& producer, const MakeOptions& options) const {
    const auto accepted = [&]() -> std::optional<Entry> {
        auto entry = find(kind, key);
        return entry && (!options.accept || options.accept(*entry)) ? entry : std::nullopt;
    };
    if (auto entry = accepted())
        return *entry;
    const auto lock = Lock::wait(root_ / "locks" / (kind + "-" + key), interrupt_, options.on_wait);
    // Between the look above and the lock, another build may have made it.
    if (auto entry = accepted())
        return *entry;

    const Staging staging(root_ / "staging", kind);
    producer(staging.path());
    Record record{kind, key, description.owner, std::time(nullptr), description.inputs, {}};
    record.files = list_files(staging.path());
    touch(staging.path() / use_name);
    write_file(staging.path() / record_name, to_json(record));
    sync_tree(staging.path());
    interrupt_.check();
    publish(staging.path(), entry_path(kind, key));
    return Entry{entry_path(kind, key), std::move(record), true};
}

std::vector<std::filesystem::path> Store::directories(const std::string& kind) const {
    std::vector<std::filesystem::path> result;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(root_ / kind, ignored))
        if (!entry.is_symlink() && entry.is_directory())
            result.push_back(entry.path());
    return result;
}

std::vector<std::string> Store::kinds() const {
    std::vector<std::string> result;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(root_, ignored)) {
        std::string name = entry.path().filename().string();
        if (name != "staging" && name != "locks" && name != "run" && !directories(name).empty())
            result.push_back(std::move(name));
    }
    std::ranges::sort(result);
    return result;
}

Store::Cleaned Store::clean(std::int64_t before, bool dry_run) const {
    if (!dry_run && !make_exclusive(used_))
        throw Error(ErrorKind::failed, "another selns-build uses the cache " + root_.string())
            .hint("clean it when that has ended; nothing was removed");
    Cleaned cleaned;
    for (const std::string& kind : kinds())
        for (const auto& directory : directories(kind)) {
            interrupt_.check();
            const auto record = read_record(directory);
            if (record && last_used({directory, *record, false}) >= before)
                continue;
            ++cleaned.entries;
            for (const auto& [file, size] : list_files(directory))
                cleaned.bytes += size;
            if (!dry_run)
                remove_plain(directory);
        }
    return cleaned;
}

std::vector<Entry> Store::entries(const std::string& kind) const {
    check_name(kind);
    std::vector<Entry> result;
    for (const auto& directory : directories(kind))
        if (auto record = read_record(directory))
            result.push_back({directory, std::move(*record), false});
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
    for (const auto& [file, bytes] : entry.record.files)
        size += bytes;
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
