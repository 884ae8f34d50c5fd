#include "selns/denials/scan_ahead.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <future>
#include <mutex>
#include <span>

namespace selns::denials {

namespace {

// Large enough for the calls and the waiting not to count, small enough for the processor's cache.
constexpr std::size_t piece_size = 131072;

// Batches on their way from one thread to another, and back to be filled again.
class Queue {
  public:
    // The one side's: a batch to fill, the same until it is pushed; null when nobody takes more.
    Batch* room() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopped_ || pushed_ - taken_ < ring_.size(); });
        if (stopped_)
            return nullptr;
        Batch& batch = ring_[pushed_ % ring_.size()];
        batch.bytes.resize(piece_size);
        return &batch;
    }
    void push() {
        change([this] { ++pushed_; });
    }
    void close() {
        change([this] { closed_ = true; });
    }

    // The other's: the next batch, the same until it is done with; null after the last.
    const Batch* next() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || taken_ < pushed_; });
        return taken_ < pushed_ ? &ring_[taken_ % ring_.size()] : nullptr;
    }
    void done() {
        change([this] { ++taken_; });
    }
    void stop() {
        change([this] { stopped_ = true; });
    }

  private:
    template <typename Change>
    void change(const Change& change) {
        const std::scoped_lock lock(mutex_);
        change();
        changed_.notify_one(); // there are two threads: it is the other one that waits
    }

    std::array<Batch, 16> ring_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t pushed_ = 0;
    std::size_t taken_ = 0;
    bool closed_ = false;
    bool stopped_ = false;
};

// The thread that takes.
class Taker {
  public:
    Taker(Queue& queue, const std::function<void(const Batch&)>& take)
        : queue_(queue), ended_(std::async(std::launch::async, [&queue, &take] {
              try {
                  for (; const Batch* batch = queue.next(); queue.done())
                      take(*batch);
              } catch (...) {
                  queue.stop();
                  throw;
              }
          })) {}
    ~Taker() { queue_.close(); } // the future waits for it to end
    Taker(const Taker&) = delete;
    Taker& operator=(const Taker&) = delete;

    void finish() {
        queue_.close();
        ended_.get();
    }

  private:
    Queue& queue_;
    std::future<void> ended_;
};

struct Stopped {};

class Feeder final : public Inlet {
  public:
    Feeder(const TextHash& hash, Queue& queue) : scanner_(hash), queue_(queue) {}

    std::span<char> room() override { return batch().bytes; }
    void filled(std::size_t size) override {
        scanner_.scan(batch(), size);
        queue_.push();
    }
    void finish() {
        scanner_.finish(batch());
        queue_.push();
    }

  private:
    Batch& batch() {
        Batch* batch = queue_.room();
        if (batch == nullptr)
            throw Stopped();
        return *batch;
    }

    Scanner scanner_;
    Queue& queue_;
};

} // namespace

void scan_ahead(const TextHash& hash, const std::function<void(Inlet&)>& source,
                const std::function<void(const Batch&)>& take) {
    Queue queue;
    Taker taker(queue, take);
    try {
        Feeder feeder(hash, queue);
        source(feeder);
        feeder.finish();
    } catch (const Stopped&) { // finish() says why
    }
    taker.finish();
}

} // namespace selns::denials
