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

    // The ends that there are, to be sent; and what they are when they have come.
    std::vector<int> descriptors() const;
    static OuterStreams received(std::vector<Handle> ends, unsigned terminals);
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

// A terminal of DEVPTS, whether or not one of TERMINALS needs it, and pipes for the other streams.
// They belong to the domain DOMAIN; empty: this process's. The policy lets what the container's
// init starts use what is the init's.
Streams make_streams(Kernel& kernel, int devpts, unsigned terminals, const std::string& domain);

// Makes STREAMS this process's standard streams.
void set_streams(Kernel& kernel, const InnerStreams& streams);

} // namespace selns::run
