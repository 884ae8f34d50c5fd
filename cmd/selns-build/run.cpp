#include "selns-build/run.hpp"

#include "selns-build/command_line.hpp"
#include "selns-build/commands/commands.hpp"
#include "selns-build/failure.hpp"
#include "selns-build/session.hpp"

#include <variant>

namespace selns::cmd {

namespace {

int run(const TextOptions& options, Session& session) {
    session.out.write(options.text);
    return 0;
}

} // namespace

int run_program(const std::vector<std::string>& arguments, Session& session) {
    return guarded(session, "", [&] {
        const Command command = parse_command_line(arguments);
        const int status =
            std::visit([&](const auto& options) { return run(options, session); }, command);
        if (const auto problem = session.out.problem(); problem && status == 0)
            throw *problem;
        return status;
    });
}

} // namespace selns::cmd
