#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace selns {

// A queue from one thread to another that holds no more than so many items.
template <typename T>
class Channel {
  public:
    explicit Channel(std::size_t most) : most_(most) {}

    // Waits for room. False when the channel is closed: nobody takes the item.
    bool put(T item) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return items_.size() < most_ || closed_; });
        if (closed_)
            return false;
        items_.push_back(std::move(item));
        changed_.notify_one();
        return true;
    }

    // Waits for an item. Nothing when the channel is closed, and empty.
    std::optional<T> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !items_.empty() || closed_; });
        if (items_.empty())
            return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        changed_.notify_one();
        return item;
    }

    // By either side, at the end.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

  private:
    std::size_t most_;
    std::mutex mutex_;
    std::condition_variable changed_; // one of the two sides waits at most
    std::deque<T> items_;
    bool closed_ = false;
};

} // namespace selns
