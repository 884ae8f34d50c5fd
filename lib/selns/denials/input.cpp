#include "selns/denials/input.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace selns::denials {

namespace {

Fd open_log(const std::filesystem::path& file) {
    if (file != "-")
        return open_read(file);
    Fd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd)
        throw system_error("cannot read standard input", errno);
    return fd;
}

class LogFile {
  public:
    explicit LogFile(const std::filesystem::path& file)
        : name_(file.string()), fd_(open_log(file)) {}

    int fd() const { return fd_.get(); }
    // Reads some of the next bytes into BUFFER and tells how many; 0 at the end.
    std::size_t read(std::span<char> buffer) {
        ssize_t got = 0;
        do
            got = ::read(fd_.get(), buffer.data(), buffer.size());
        while (got < 0 && errno == EINTR);
        if (got < 0)
            throw Error(ErrorKind::invalid_input,
                        system_error("cannot read " + printable(name_), errno).message());
        return static_cast<std::size_t>(got);
    }

  private:
    std::string name_;
    Fd fd_;
};

// BEGIN is what was read of LOG already.
std::string read_compressed(const LogFile& log, std::string_view begin, Inlet& inlet,
                            const Interrupt& interrupt) {
    const std::string kept(begin); // the inlet takes its room back
    return archive::decompress({kept, log.fd()}, [&](std::string_view content) {
        interrupt.check();
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

std::string read_log(const std::filesystem::path& file, Inlet& inlet, const Interrupt& interrupt) {
    LogFile log(file);
    std::span<char> room = inlet.room();
    std::size_t size = log.read(room);
    if (const std::string_view begin(room.data(), size); archive::may_be_compressed(begin))
        return read_compressed(log, begin, inlet, interrupt);
    while (size > 0) {
        interrupt.check();
        inlet.filled(size);
        room = inlet.room();
        size = log.read(room);
    }
    return {};
}

} // namespace selns::denials
