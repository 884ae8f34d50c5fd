#pragma once

#include "selns-run/kernel.hpp"
#include "selns-run/mounts.hpp"

namespace selns::run {

// The standard streams of what runs in a container are made there. To its policy, a file of the
// host has no label, and a program that is confined may not use it.

// What becomes a command's streams.
struct InnerStreams {
    Handle terminal;             // of those that are one
    std::array<Handle, 3> pipes; // the others
};

// Their other ends.
struct OuterStreams {
    Handle master;
    std::array<Handle, 3> pipes;

    // The ends that there are, to be sent.
    std::vector<int> descriptors() const;
    // What they are when they have come; the first is the master if there is a TERMINAL. Throws
    // when there are others.
    static OuterStreams received(std::vector<Handle> ends, unsigned terminals, bool terminal);
};

struct Streams {
    InnerStreams inner;
    OuterStreams outer;
};

// Whether STREAM, 0 to 2, is one of TERMINALS, which has a bit for each.
constexpr bool is_terminal(unsigned terminals, std::size_t stream) {
    return (terminals >> stream & 1U) != 0;
}
// The first of them; -1: none.
constexpr int first_terminal(unsigned terminals) {
    for (int stream = 0; stream < 3; ++stream)
        if (is_terminal(terminals, static_cast<std::size_t>(stream)))
            return stream;
    return -1;
}
// Those of this process.
unsigned terminals_here();

// Where streams are made.
struct StreamsPlace {
    int devpts;
    std::string domain; // to which they belong; empty: this process's
    int procfs;         // shows this process
};
// Pipes for the streams that are not TERMINALS, and, if TERMINAL, one for these. The policy lets
// what the container's init starts use what is the init's.
Streams make_streams(Kernel& kernel, const StreamsPlace& place, unsigned terminals, bool terminal);

// Makes STREAMS this process's standard streams.
void set_streams(Kernel& kernel, const InnerStreams& streams);

} // namespace selns::run
