#include "selns-build/run.hpp"
#include "selns-build/session.hpp"
#include "selns/base/error.hpp"
#include "selns/base/signals.hpp"
#include "selns/base/text.hpp"
#include "selns/sandbox/sandbox.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

namespace {

using namespace selns;

// A file that is opened must not become standard output because the caller closed that.
void open_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0)
            ::open("/dev/null", O_RDWR); // takes the lowest free number: FD
}

void accept_sandbox(std::string_view word) {
    if (word != "weak")
        throw Error(ErrorKind::usage, "SELNS_SANDBOX: expected weak, got " + printable(word));
    sandbox::accept_weak_sandboxes();
}

int run(const std::vector<std::string>& arguments) {
    const SignalInterrupt interrupt;
    if (const char* sandbox = std::getenv("SELNS_SANDBOX"); sandbox != nullptr)
        accept_sandbox(sandbox);
    process::SystemRunner runner(interrupt);
    cmd::FdOutput out(STDOUT_FILENO, "standard output");
    cmd::FdOutput err(STDERR_FILENO, "standard error");
    const cmd::Environment environment = [](const char* name) { return std::getenv(name); };
    // Never freed: the process is about to end.
    static cmd::Session* const session =
        new cmd::Session{.out = out,
                         .err = err,
                         .out_look = cmd::look_of(STDOUT_FILENO, environment),
                         .err_look = cmd::look_of(STDERR_FILENO, environment),
                         .err_redraws = cmd::is_capable_terminal(STDERR_FILENO, environment),
                         .environment = environment,
                         .interrupt = interrupt,
                         .runner = runner};
    return cmd::run_program(arguments, *session);
}

} // namespace

// The locale stays the C locale: outputs and messages are the same for everybody.
int main(int argc, char** argv) {
    if (const auto status = sandbox::serve(argc, argv))
        return *status;
    open_standard_streams();
    reset_signals();
    try {
        return run({argv + 1, argv + argc});
    } catch (const Error& error) {
        std::fprintf(stderr, "selns-build: %s\n", error.what());
        return exit_status(error.kind());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "selns-build: %s\n", error.what());
        return 1;
    }
}
