#include "selns-run/streams.hpp"

#include "selns-run/selinux_namespace.hpp"

#include <unistd.h>

#include <utility>

namespace selns::run {

namespace {

// This process's domain becomes DOMAIN.
std::vector<int> open_all(Kernel& kernel, int devpts, unsigned terminals,
                          const std::string& domain) {
    if (!domain.empty())
        must(set_context(kernel, ContextOf::current, domain),
             "go to the domain of the init, " + domain,
             "the image's policy has to allow process:dyntransition to it");
    Console console = open_terminal(kernel, devpts);
    std::vector<Handle> made;
    for (std::size_t stream = 0; stream < 3; ++stream) {
        if (is_terminal(terminals, stream))
            continue;
        std::array<int, 2> ends{};
        must(kernel.pipe(ends), "make a pipe");
        made.emplace_back(kernel, ends[0]);
        made.emplace_back(kernel, ends[1]);
    }
    std::vector<int> numbers = {console.master.release(), console.terminal.release()};
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

OuterStreams OuterStreams::received(std::vector<Handle> ends, unsigned terminals) {
    OuterStreams outer;
    std::size_t next = 0;
    const auto take = [&] {
        if (next >= ends.size())
            throw refusal("the container sent too few of the command's streams");
        return std::move(ends[next++]);
    };
    outer.master = take();
    for (std::size_t stream = 0; stream < 3; ++stream)
        if (!is_terminal(terminals, stream))
            outer.pipes.at(stream) = take();
    return outer;
}

Streams make_streams(Kernel& kernel, int devpts, unsigned terminals, const std::string& domain) {
    const std::vector<int> numbers =
        kernel.make_elsewhere([&] { return open_all(kernel, devpts, terminals, domain); });
    std::vector<Handle> all;
    for (const int number : numbers)
        all.emplace_back(kernel, number);
    Streams streams;
    streams.outer.master = std::move(all.at(0));
    streams.inner.terminal = std::move(all.at(1));
    std::size_t next = 2;
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
