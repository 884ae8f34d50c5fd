#pragma once

#include "selns/base/error.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/log/denial.hpp"
#include "selns/log/input.hpp"
#include "selns/log/select.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace selns::log {

// A line that somebody should look at.
struct Remark {
    Location at;
    std::string reason;
    std::string excerpt; // the beginning of the line, any bytes
};

// How many there are, and the first of them.
struct Remarks {
    static constexpr std::size_t most = 20;

    std::uint64_t count = 0;
    std::vector<Remark> first;
    void add(Remark remark);
};

// Of these, the same event counts each time it is read.
struct LogSummary {
    std::string file;
    std::uint64_t lines = 0;
    std::uint64_t records = 0;  // denials that are wanted
    std::uint64_t excluded = 0; // denials that the selection excludes
    std::uint64_t malformed = 0;
    std::string_view doubt; // why it may be no log: "is empty"; lives forever
};

// When what happened last; nothing where no log tells.
struct LastMarks {
    std::optional<Milliseconds> boot;
    std::optional<Milliseconds> daemon_start;
    std::optional<Milliseconds> policy_load;
};

struct Denials {
    std::vector<Denial> unique; // sorted
    std::vector<LogSummary> logs;
    std::uint64_t records = 0;      // in all logs, the same event once
    std::uint64_t excluded = 0;     // of all logs
    std::uint64_t without_time = 0; // wanted though the selection has a time and they have none
    Remarks malformed;              // looks like a denial and is none, or too long to look at
    Remarks not_believed;           // looks like one, but neither kernel nor audit system wrote it
    Remarks trusted;                // not to be believed, but for ReadOptions::trust
    Remarks incomplete;             // records were lost here
    Remarks notices;                // what the kernel says of its policy
    LastMarks last;
};

struct ReadOptions {
    Selection selection;
    Expected expected; // may be none
    // Denials count whoever wrote them: somebody has given their word for that.
    bool trust = false;
    // Different denials that take up more memory than this are an Error.
    std::size_t most_bytes = std::size_t{256} << 20U;
};

class Gatherer;

// Gathers the denials of logs, one after the other. Memory grows with the different denials and
// with the events, not with the logs. One object serves for one set of logs.
class LogReader {
  public:
    // More events than these are counted without being compared.
    static constexpr std::size_t most_events = 8'000'000;

    explicit LogReader(ReadOptions options = {});
    ~LogReader();
    LogReader(LogReader&&) noexcept;
    LogReader& operator=(LogReader&&) noexcept;

    // "-" is standard input. A file that cannot be read is an invalid_input Error, and so is one
    // that is known to be no log, or has nothing in it that is text; in any other anything can be.
    // One that is compressed (gzip, xz, zstd, bzip2) and damaged gives what it holds up to there,
    // and a malformed line.
    void read_file(const std::filesystem::path& file, const Interrupt& interrupt);
    void read_text(std::string_view text, const std::string& name);
    // SOURCE hands the log on in pieces of any size.
    void read_stream(const std::string& name, const std::function<void(const Piece&)>& source);

    const Selection& selection() const;

    Denials finish();

  private:
    void read(const std::string& name, const std::function<void(Inlet&)>& source);

    std::unique_ptr<Gatherer> gatherer_;
};

} // namespace selns::log
