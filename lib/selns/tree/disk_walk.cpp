#include "selns/base/channel.hpp"
#include "selns/tree/disk.hpp"

#include <sys/stat.h>

#include <condition_variable>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace selns::tree {

namespace {

// Names in walk order, in one piece of memory.
struct Batch {
    struct Name {
        std::size_t end; // in paths, of the path that starts where the one before ends
        std::uint32_t type;
    };
    std::string paths;
    std::vector<Name> names;
};
constexpr std::size_t batch_size = 32U << 10U; // bytes of paths
constexpr std::size_t most_batches = 8;

// Sends batches until the other side wants no more.
class Sender {
  public:
    explicit Sender(Channel<Batch>& batches) : batches_(batches) {}
    // Like flush(): false when no more is wanted.
    bool add(const std::string& path, std::uint32_t type) {
        batch_.paths += path;
        batch_.names.push_back({batch_.paths.size(), type});
        return batch_.paths.size() < batch_size || flush();
    }
    bool flush() { return batches_.put(std::exchange(batch_, {})); }

  private:
    Channel<Batch>& batches_;
    Batch batch_;
};

// Closes them, whatever happens.
class Closing {
  public:
    explicit Closing(Channel<Batch>& batches) : batches_(batches) {}
    ~Closing() { batches_.close(); }
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;

  private:
    Channel<Batch>& batches_;
};

// Every name that ENTER wants, in walk order.
void list_all(const Disk& disk, const Disk::Enter& enter, Sender& sender) {
    // Listings on the way down; those of large trees are many, descriptors are few.
    struct Level {
        std::size_t path_size; // of the directory's path with a slash
        std::vector<Disk::Name> names;
        std::size_t next = 0;
    };
    std::vector<Level> levels;
    std::string path = "/"; // one buffer for all names
    // False when no more is wanted.
    const auto take = [&](std::uint32_t type) {
        if (!enter(path))
            return true;
        if (!sender.add(path, type))
            return false;
        if (type == S_IFDIR)
            if (auto listing = disk.list(path, Disk::Detail::type))
                levels.push_back(
                    {levels.empty() ? 1 : path.size() + 1, std::move(listing->names), 0});
        return true;
    };
    bool wanted = take(disk.root().mode & S_IFMT);
    while (wanted && !levels.empty()) {
        Level& level = levels.back();
        if (level.next == level.names.size()) {
            levels.pop_back();
            continue;
        }
        const Disk::Name& name = level.names[level.next++];
        path.resize(level.path_size, '/');
        path += name.name;
        wanted = take(name.mode & S_IFMT);
    }
}

// Directories to visit, shared by threads.
class Queue {
  public:
    void add(std::string path) {
        const std::lock_guard lock(mutex_);
        paths_.push_back(std::move(path));
        ready_.notify_one();
    }
    // Nothing at the end: when all is visited, or after stop().
    std::optional<std::string> next() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return !paths_.empty() || busy_ == 0 || stopped_; });
        if (paths_.empty() || stopped_)
            return {};
        ++busy_;
        std::string path = std::move(paths_.back());
        paths_.pop_back();
        return path;
    }
    void done() {
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0 && paths_.empty())
            ready_.notify_all();
    }
    void stop(std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        if (!stopped_)
            failure_ = std::move(failure);
        stopped_ = true;
        ready_.notify_all();
    }
    const std::exception_ptr& failure() const { return failure_; } // when no thread works any more

  private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<std::string> paths_;
    std::size_t busy_ = 0;
    bool stopped_ = false;
    std::exception_ptr failure_;
};

} // namespace

void Disk::walk(const Enter& enter, const Visit& visit) const {
    Channel<Batch> batches(most_batches);
    const auto list = [&] {
        const Closing closing(batches);
        Sender sender(batches);
        try {
            list_all(*this, enter, sender);
        } catch (...) {
            sender.flush(); // what came before it
            throw;
        }
        sender.flush();
    };
    auto lister = std::async(std::launch::async, list); // waited for when it goes out of scope
    const Closing closing(batches);                     // before that
    std::string path;
    while (const auto batch = batches.take()) {
        std::size_t begin = 0;
        for (const Batch::Name& name : batch->names) {
            path.assign(batch->paths, begin, name.end - begin);
            begin = name.end;
            if (!visit(path, name.type))
                return;
        }
    }
    lister.get();
}

void Disk::each_directory(unsigned threads, const VisitDirectory& visit) const {
    Queue queue;
    const auto work = [&] {
        while (const auto path = queue.next()) {
            try {
                if (const auto listing = list(*path)) {
                    for (const Name& name : listing->names)
                        if (S_ISDIR(name.mode))
                            queue.add(join_path(*path, name.name));
                    visit(*path, *listing);
                }
            } catch (...) {
                queue.stop(std::current_exception());
            }
            queue.done();
        }
    };
    queue.add("/");
    {
        std::vector<std::jthread> others;
        for (unsigned i = 1; i < threads; ++i)
            others.emplace_back(work);
        work();
    }
    if (queue.failure())
        std::rethrow_exception(queue.failure());
}

} // namespace selns::tree
