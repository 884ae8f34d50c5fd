#pragma once

#include "selns-build/session.hpp"

#include <any>
#include <functional>
#include <memory>
#include <span>

namespace CLI {
class App;
}

namespace selns::cmd {

// What a command line asks for.
struct Command {
    std::any options; // what the arguments came to, of the subcommand's own type
    // Writes results to the session's standard output. Returns the exit status, or throws.
    std::function<int(Session&)> run;
};

// A subcommand: its file in commands/ has one, and list.cpp a line.
struct Subcommand {
    const char* name;      // "denials merge"
    const char* arguments; // " [LOG...] [OPTION]..."
    const char* summary;
    const char* more; // shown by its own --help
    // Tells APP which arguments it takes. The result gives what they came to, after APP has parsed
    // them.
    std::function<Command()> (*declare)(CLI::App& app);
};

// In the order of --help. The first is the one that a command line without a name means.
std::span<const Subcommand* const> subcommands();

// For Subcommand::declare: DECLARE says where CLI11 puts values, RUN works with them.
template <typename Options, void (*declare)(CLI::App&, Options&),
          int (*run)(const Options&, Session&)>
std::function<Command()> declared(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    declare(app, *options);
    return [options] {
        return Command{*options, [options](Session& session) { return run(*options, session); }};
    };
}

} // namespace selns::cmd
