#include "selns-build/run.hpp"

#include "selns-build/command_line.hpp"
#include "selns-build/failure.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

int run_program(const std::vector<std::string>& arguments, Session& session) {
    return guarded(session, "", [&] {
        const int status = parse_command_line(arguments).run(session);
        if (const auto problem = session.out.problem(); problem && status == 0)
            throw *problem;
        return status;
    });
}

} // namespace selns::cmd
