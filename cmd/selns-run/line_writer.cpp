#include "selns-run/line_writer.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace selns::run {

LineWriter::LineWriter(Handle file) : file_(std::move(file)) {
    const int flags = ::fcntl(file_.get(), F_GETFL);
    ::fcntl(file_.get(), F_SETFL, flags | O_NONBLOCK);
}

void LineWriter::add(const std::string& line) {
    const std::string whole = loss() + line;
    if (lines_.size() + whole.size() > most)
        return lose(1);
    lines_ += whole;
    unsaid_ = 0;
}

void LineWriter::lose(std::uint64_t count) {
    lost_ += count;
    unsaid_ += count;
}

std::string LineWriter::loss() const {
    return unsaid_ == 0 ? "" : "selns-run: up to " + std::to_string(unsaid_) + " denials lost\n";
}

// After an error, as when nobody reads or the disk is full, lines wait for the next try.
void LineWriter::write() {
    full_ = false;
    std::size_t at = 0;
    while (at < lines_.size()) {
        const long written =
            linux_kernel().write(file_.get(), lines_.data() + at, lines_.size() - at);
        full_ = written == -EAGAIN;
        if (written <= 0)
            break;
        at += static_cast<std::size_t>(written);
    }
    lines_.erase(0, at);
}

void LineWriter::finish(SignalReader& signals, int patience) {
    lines_ += loss();
    for (write(); full_; write()) {
        pollfd events[] = {{file_.get(), POLLOUT, 0}, {signals.fd(), POLLIN, 0}};
        if (::poll(events, 2, patience) == 0 || !signals.take().empty())
            break;
    }
    lost_ += static_cast<std::uint64_t>(std::ranges::count(lines_, '\n'));
    lines_.clear();
}

} // namespace selns::run
