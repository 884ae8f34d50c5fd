#include "selns/denials/input.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

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

    // The next bytes; none at the end.
    std::string_view read() {
        ssize_t got = 0;
        do
            got = ::read(fd_.get(), buffer_.data(), buffer_.size());
        while (got < 0 && errno == EINTR);
        if (got < 0)
            throw Error(ErrorKind::invalid_input,
                        system_error("cannot read " + printable(name_), errno).message());
        return {buffer_.data(), static_cast<std::size_t>(got)};
    }

  private:
    // So large that the calls do not count, so small that it stays in the processor's cache.
    static constexpr std::size_t buffer_size = 262144;

    std::string name_;
    Fd fd_;
    std::vector<char> buffer_ = std::vector<char>(buffer_size);
};

} // namespace

std::string read_pieces(const std::filesystem::path& file, const Piece& piece,
                        const Interrupt& interrupt) {
    LogFile log(file);
    std::string_view bytes = log.read();
    const auto hand_on = [&](std::string_view content) {
        interrupt.check();
        piece(content);
    };
    if (archive::may_be_compressed(bytes)) {
        bool begun = false;
        return archive::decompress([&] { return std::exchange(begun, true) ? log.read() : bytes; },
                                   hand_on);
    }
    for (; !bytes.empty(); bytes = log.read())
        hand_on(bytes);
    return {};
}

} // namespace selns::denials
