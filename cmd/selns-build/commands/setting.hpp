#pragma once

#include "selns-build/look.hpp"
#include "selns-build/progress/sinks.hpp"
#include "selns/cache/store.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/progress/progress.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace selns::cmd {

struct Session;

// What the pipeline works with in one run of the program: the user's cache, progress as asked for.
class Setting {
  public:
    Setting(ProgressMode progress, Session& session);
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;

    const Context& context() const { return context_; }

  private:
    std::optional<std::int64_t> epoch_; // first: a wrong one is told before anything is made
    std::unique_ptr<progress::Sink> sink_;
    cache::Store store_;
    Context context_;
};

// The user's cache, for questions that it makes quicker; null where none can be had. It lives as
// long as SESSION.
const cache::Store* cache_if_any(Session& session);

// SOURCE_DATE_EPOCH: whole seconds since 1970, up to the year 9999. Another value is a usage Error.
std::optional<std::int64_t> source_date_epoch(const Environment& environment);

// Where the outputs of a recipe called NAME go unless -o says otherwise.
std::filesystem::path default_output(const std::string& name);

} // namespace selns::cmd
