#include "selns/denials/scan_ahead.hpp"

#include "selns/base/channel.hpp"

#include <cstddef>
#include <future>
#include <memory>
#include <span>
#include <utility>

namespace selns::denials {

namespace {

// Large enough for the calls and the waiting not to count, small enough for the processor's cache.
constexpr std::size_t piece_size = 131072;
// How far one half can be ahead: a log's new denials, which take long, come at its beginning.
constexpr std::size_t most_ahead = 16;

// Batches on their way from one thread to the other, and back to be filled again.
struct Batches {
    using Item = std::unique_ptr<Batch>;

    Batches() {
        for (std::size_t i = 0; i < most_ahead; ++i)
            empty.put(std::make_unique<Batch>());
    }
    void close() {
        full.close();
        empty.close();
    }

    Channel<Item> full{most_ahead};
    Channel<Item> empty{most_ahead};
};

struct Stopped {};

class Feeder final : public Inlet {
  public:
    Feeder(const TextHash& hash, Batches& batches) : scanner_(hash), batches_(batches) {}

    std::span<char> room() override {
        if (!batch_)
            batch_ = batches_.empty.take().value_or(nullptr);
        if (!batch_)
            throw Stopped();
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
                      batches.empty.put(*std::move(batch));
                  }
              } catch (...) {
                  batches.close();
                  throw;
              }
          })) {}
    ~Taker() { batches_.close(); } // the future waits for it to end
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

} // namespace selns::denials
