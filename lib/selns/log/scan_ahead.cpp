#include "selns/log/scan_ahead.hpp"

#include "selns/base/channel.hpp"

#include <cstddef>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace selns::log {

namespace {

// Large enough for the calls and the waiting not to count, small enough for the processor's cache.
constexpr std::size_t piece_size = 131072;
// How far one half can be ahead: a log's new denials, which take long, come at its beginning.
constexpr std::size_t most_ahead = 48;

// Batches on their way from one thread to the other, and back to be filled again: the one that
// came back last first, since most of it is still in the processor's cache.
class Batches {
  public:
    using Item = std::unique_ptr<Batch>;

    Channel<Item> full{most_ahead};

    Item empty() {
        const std::lock_guard lock(mutex_);
        if (empty_.empty())
            return std::make_unique<Batch>();
        Item batch = std::move(empty_.back());
        empty_.pop_back();
        return batch;
    }
    void give_back(Item batch) {
        const std::lock_guard lock(mutex_);
        empty_.push_back(std::move(batch));
    }

  private:
    std::mutex mutex_;
    std::vector<Item> empty_;
};

struct Stopped {};

class Feeder final : public Inlet {
  public:
    Feeder(const TextHash& hash, Batches& batches) : scanner_(hash), batches_(batches) {}

    std::span<char> room() override {
        if (!batch_)
            batch_ = batches_.empty();
        batch_->bytes.resize(piece_size);
        return batch_->bytes;
    }
    void filled(std::size_t size) override {
        scanner_.scan(*batch_, size);
        hand_on();
    }
    void finish() {
        room();
        scanner_.finish(*batch_);
        hand_on();
    }

  private:
    void hand_on() {
        if (!batches_.full.put(std::move(batch_)))
            throw Stopped();
    }

    Scanner scanner_;
    Batches& batches_;
    Batches::Item batch_; // at hand
};

// The thread that takes.
class Taker {
  public:
    Taker(Batches& batches, const std::function<void(const Batch&)>& take)
        : batches_(batches), ended_(std::async(std::launch::async, [&batches, &take] {
              try {
                  while (auto batch = batches.full.take()) {
                      take(**batch);
                      batches.give_back(*std::move(batch));
                  }
              } catch (...) {
                  batches.full.close();
                  throw;
              }
          })) {}
    ~Taker() { batches_.full.close(); } // the future waits for it to end
    Taker(const Taker&) = delete;
    Taker& operator=(const Taker&) = delete;

    void finish() {
        batches_.full.close();
        ended_.get();
    }

  private:
    Batches& batches_;
    std::future<void> ended_;
};

} // namespace

void scan_ahead(const TextHash& hash, const std::function<void(Inlet&)>& source,
                const std::function<void(const Batch&)>& take) {
    Batches batches;
    Taker taker(batches, take);
    try {
        Feeder feeder(hash, batches);
        source(feeder);
        feeder.finish();
    } catch (const Stopped&) { // finish() says why
    }
    taker.finish();
}

} // namespace selns::log
