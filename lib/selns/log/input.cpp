#include "selns/log/input.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace selns::log {

namespace {

Fd open_log(const std::filesystem::path& file, const Interrupt& interrupt) {
    if (file != "-") {
        try {
            return open_read(file, Input::stream);
        } catch (const Error&) {
            interrupt.check(); // while it waited for the other end of a pipe
            throw;
        }
    }
    Fd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd)
        throw system_error("cannot read standard input", errno);
    return fd;
}

class LogFile {
  public:
    LogFile(const std::filesystem::path& file, const Interrupt& interrupt)
        : name_(file.string()), interrupt_(interrupt), fd_(open_log(file, interrupt)) {}

    int fd() const { return fd_.get(); }
    // How much was read of it, also by a sandbox that has the descriptor; nothing for a pipe.
    std::optional<std::uint64_t> position() const {
        const off_t at = ::lseek(fd_.get(), 0, SEEK_CUR);
        return at < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(at));
    }
    // Reads some of the next bytes into BUFFER and tells how many; 0 at the end.
    std::size_t read(std::span<char> buffer) {
        ssize_t got = 0;
        do {
            interrupt_.check();
            got = ::read(fd_.get(), buffer.data(), buffer.size());
        } while (got < 0 && errno == EINTR);
        if (got < 0)
            throw Error(ErrorKind::invalid_input,
                        system_error("cannot read " + printable(name_), errno).message());
        return static_cast<std::size_t>(got);
    }

    const std::string& name() const { return name_; }

  private:
    std::string name_;
    const Interrupt& interrupt_;
    Fd fd_;
};

// Counts what a compressed log gives.
class Expansion {
  public:
    Expansion(const LogLimits& limits, const std::string& name) : limits_(limits), name_(name) {}

    // SIZE bytes more came of it; TAKEN were read so far, where that is known.
    void give(std::size_t size, std::optional<std::uint64_t> taken) {
        given_ += size;
        if (given_ <= limits_.some)
            return;
        if (given_ > limits_.most || (taken && given_ / limits_.ratio > *taken))
            throw Error(ErrorKind::invalid_input,
                        (taken ? human_size(*taken) + " of it become" : "it becomes") +
                            " more than " + human_size(given_) + ", which no log does")
                .at({printable(name_)})
                .hint("decompress it by hand, look at what it is, and give what is a log");
    }

  private:
    const LogLimits& limits_;
    const std::string& name_;
    std::uint64_t given_ = 0;
};

// BEGIN is what was read of LOG already.
std::string read_compressed(const LogFile& log, std::string_view begin, Inlet& inlet,
                            const Interrupt& interrupt, const LogLimits& limits) {
    const std::string kept(begin); // the inlet takes its room back
    Expansion expansion(limits, log.name());
    return archive::decompress({kept, log.fd()}, [&](std::string_view content) {
        interrupt.check();
        expansion.give(content.size(), log.position());
        inlet.put(content);
    });
}

} // namespace

void Inlet::put(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::span<char> place = room();
        const std::size_t size = std::min(place.size(), bytes.size());
        std::memcpy(place.data(), bytes.data(), size);
        filled(size);
        bytes.remove_prefix(size);
    }
}

std::string read_log(const std::filesystem::path& file, Inlet& inlet, const Interrupt& interrupt,
                     const LogLimits& limits) {
    LogFile log(file, interrupt);
    std::span<char> room = inlet.room();
    std::size_t size = log.read(room);
    if (const std::string_view begin(room.data(), size); archive::may_be_compressed(begin))
        return read_compressed(log, begin, inlet, interrupt, limits);
    while (size > 0) {
        inlet.filled(size);
        room = inlet.room();
        size = log.read(room);
    }
    return {};
}

} // namespace selns::log
