#include "selns/pipeline/images.hpp"

#include "selns/base/error.hpp"
#include "selns/base/sync.hpp"
#include "selns/base/text.hpp"
#include "selns/image/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace selns::pipeline {

namespace {

using namespace std::chrono_literals;

// One image, from its first byte to its seal. Works in a thread of its own; done() and total()
// may be asked meanwhile.
class Job {
  public:
    Job(const tree::Tree& rootfs, const recipe::Recipe& recipe, const recipe::Image& image,
        std::int64_t epoch, Outputs& outputs, const Context& context)
        : rootfs_(rootfs), recipe_(recipe), image_(image), epoch_(epoch), context_(context),
          pending_(outputs.add(std::string(image.format->name),
                               recipe.name + "." + std::string(image.format->name))) {}

    void run(const std::atomic<bool>& stopped) {
        write(stopped);
        auto read_back = std::async(std::launch::async, [this] { verify(); });
        pending_.file.sync();
        read_back.get();
    }

    std::string name() const { return pending_.path.filename().string(); }
    std::uint64_t size() const { return pending_.size; } // after run()
    std::uint64_t done() const { return done_; }
    std::uint64_t total() const { return total_; }

  private:
    void write(const std::atomic<bool>& stopped) {
        constexpr std::uint64_t often = 32U << 20U; // bytes
        std::uint64_t started = 0;
        const auto advance = [&](std::uint64_t done, std::uint64_t total) {
            done_ = done;
            total_ = total;
            if (done >= started + often) {
                started = done;
                start_sync(pending_.file.fd());
            }
            context_.interrupt.check();
            if (stopped)
                throw Error(ErrorKind::interrupted, "another image failed");
        };
        const std::filesystem::path& file = pending_.file.temporary();
        pending_.sha256 =
            write_image(rootfs_, recipe_, image_, {epoch_, true}, file, context_, advance);
        pending_.size = std::filesystem::file_size(file);
    }

    void verify() const {
        const auto differences = image::compare(rootfs_, image::read(pending_.file.temporary()));
        if (!differences.empty())
            throw Error(ErrorKind::failed, name() + " does not hold what was written to it")
                .hint(join(differences, "\n"));
    }

    const tree::Tree& rootfs_;
    const recipe::Recipe& recipe_;
    const recipe::Image& image_;
    std::int64_t epoch_;
    const Context& context_;
    Outputs::Pending& pending_;
    std::atomic<std::uint64_t> done_ = 0;
    std::atomic<std::uint64_t> total_ = 0;
};

using Jobs = std::deque<Job>;

template <typename Value>
std::string list(const Jobs& jobs, const Value& value) {
    std::vector<std::string> words;
    for (const Job& job : jobs)
        words.push_back(value(job));
    return join(words, ", ");
}

// The first failure stops the others, and is the one that is told.
class Workers {
  public:
    explicit Workers(Jobs& jobs) {
        for (Job& job : jobs)
            running_.push_back(std::async(std::launch::async, [this, &job] { work(job); }));
    }

    // Calls MEANWHILE now and then until all of them ended.
    template <typename Meanwhile>
    void wait(const Meanwhile& meanwhile) {
        for (const auto& one : running_)
            while (one.wait_for(50ms) != std::future_status::ready)
                meanwhile();
        if (failure_)
            std::rethrow_exception(failure_);
    }

  private:
    void work(Job& job) {
        try {
            job.run(stopped_);
        } catch (...) {
            if (!stopped_.exchange(true))
                failure_ = std::current_exception();
        }
    }

    std::atomic<bool> stopped_ = false;
    std::exception_ptr failure_; // written by the one thread that sets stopped_
    std::vector<std::future<void>> running_;
};

} // namespace

std::string write_image(const tree::Tree& rootfs, const recipe::Recipe& recipe,
                        const recipe::Image& image, const ImageOptions& options,
                        const std::filesystem::path& file, const Context& context,
                        const image::Advance& advance) {
    try {
        return image.format->write(
            rootfs, file,
            {image.size, recipe.name.substr(0, 16), options.epoch, recipe.name, options.hashed},
            context.runner, advance);
    } catch (Error& error) {
        if (!error.location().known() && error.kind() == ErrorKind::invalid_input)
            error.at(image.at);
        throw;
    }
}

void write_images(const tree::Tree& rootfs, const recipe::Recipe& recipe, std::int64_t epoch,
                  Outputs& outputs, const Context& context) {
    Jobs jobs;
    for (const recipe::Image& image : recipe.images)
        jobs.emplace_back(rootfs, recipe, image, epoch, outputs, context);
    progress::Step step(context.sink, "image",
                        list(jobs, [](const Job& job) { return job.name(); }));
    Workers workers(jobs);
    bool writing = true;
    workers.wait([&] {
        std::uint64_t done = 0;
        std::uint64_t total = 0;
        for (const Job& job : jobs) {
            done += job.done();
            total += job.total();
        }
        if (done < total)
            step.advance(done, total, "bytes");
        else if (std::exchange(writing, total == 0))
            step.detail("reading back");
    });
    step.finish(list(jobs, [](const Job& job) {
        return fmt::format("{} {}", job.name(), human_size(job.size()));
    }));
}

} // namespace selns::pipeline
