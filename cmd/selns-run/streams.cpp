#include "selns-run/streams.hpp"

#include "selns-run/policy.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace selns::run {

namespace {

// In a process of its own, which goes to the domain: the terminal's ends, then each pipe's.
std::vector<int> open_all(Kernel& kernel, const StreamsPlace& place, unsigned terminals,
                          bool terminal) {
    if (!place.domain.empty())
        go_to_domain(kernel, place.domain, place.procfs);
    std::vector<Handle> made;
    if (terminal) {
        Console console = open_terminal(kernel, place.devpts);
        made.push_back(std::move(console.master));
        made.push_back(std::move(console.terminal));
    }
    for (std::size_t stream = 0; stream < 3; ++stream) {
        if (is_terminal(terminals, stream))
            continue;
        std::array<int, 2> ends{};
        must(kernel.pipe(ends), "make a pipe");
        made.emplace_back(kernel, ends[0]);
        made.emplace_back(kernel, ends[1]);
    }
    std::vector<int> numbers;
    for (Handle& handle : made)
        numbers.push_back(handle.release());
    return numbers;
}

} // namespace

unsigned terminals_here() {
    unsigned terminals = 0;
    for (unsigned stream = 0; stream < 3; ++stream)
        terminals |= ::isatty(static_cast<int>(stream)) == 1 ? 1U << stream : 0U;
    return terminals;
}

std::vector<int> OuterStreams::descriptors() const {
    std::vector<int> ends;
    if (master)
        ends.push_back(master.get());
    for (const Handle& pipe : pipes)
        if (pipe)
            ends.push_back(pipe.get());
    return ends;
}

OuterStreams OuterStreams::received(std::vector<Handle> ends, unsigned terminals, bool terminal) {
    OuterStreams outer;
    std::size_t next = 0;
    const auto take = [&](mode_t kind) {
        struct stat status {};
        if (next >= ends.size() || ::fstat(ends[next].get(), &status) != 0 ||
            (status.st_mode & S_IFMT) != kind)
            throw refusal("the container sent other streams than the command's");
        return std::move(ends[next++]);
    };
    if (terminal)
        outer.master = take(S_IFCHR);
    for (std::size_t stream = 0; stream < 3; ++stream)
        if (!is_terminal(terminals, stream))
            outer.pipes.at(stream) = take(S_IFIFO);
    return outer;
}

Streams make_streams(Kernel& kernel, const StreamsPlace& place, unsigned terminals, bool terminal) {
    const std::vector<int> numbers =
        kernel.make_elsewhere([&] { return open_all(kernel, place, terminals, terminal); });
    std::vector<Handle> all;
    for (const int number : numbers)
        all.emplace_back(kernel, number);
    Streams streams;
    std::size_t next = 0;
    if (terminal) {
        streams.outer.master = std::move(all.at(next++));
        streams.inner.terminal = std::move(all.at(next++));
    }
    for (std::size_t stream = 0; stream < 3; ++stream) {
        if (is_terminal(terminals, stream))
            continue;
        Handle& to_read = all.at(next++);
        Handle& to_write = all.at(next++);
        streams.inner.pipes.at(stream) = std::move(stream == 0 ? to_read : to_write);
        streams.outer.pipes.at(stream) = std::move(stream == 0 ? to_write : to_read);
    }
    return streams;
}

void set_streams(Kernel& kernel, const InnerStreams& streams) {
    for (std::size_t stream = 0; stream < 3; ++stream) {
        const Handle& pipe = streams.pipes.at(stream);
        must(kernel.dup2(pipe ? pipe.get() : streams.terminal.get(), static_cast<int>(stream)),
             "set the streams");
    }
}

} // namespace selns::run
