// selns-run: starts a container that has its own SELinux namespace. See docs/run.md.
#include "selns-run/exec.hpp"
#include "selns-run/run.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace {

using namespace selns::run;

int dispatch(const Options& options) {
    Kernel& kernel = linux_kernel();
    using Action = Options::Action;
    switch (options.action) {
    case Action::help:
        std::fputs(help_text(), stdout);
        return 0;
    case Action::list:
        return list_containers(kernel, options);
    case Action::stop:
        return stop_container(kernel, options);
    case Action::status:
        return show_status(kernel, options);
    case Action::unshare:
        return run_unshared(kernel, options.command);
    case Action::exec:
        return request_exec(kernel, {options.what, options.context, options.command});
    case Action::enter:
        enter_container(kernel, options);
        return 0;
    case Action::run:
        break;
    }
    return run_container(kernel, options);
}

// What is opened next would become a standard stream that the caller had closed.
void open_standard_streams() {
    int stream = 0;
    do
        stream = ::open("/dev/null", O_RDWR);
    while (stream >= 0 && stream <= 2);
    if (stream > 2)
        ::close(stream);
}

} // namespace

int main(int argc, char** argv) {
    ::prctl(PR_SET_NAME, "selns-run"); // a descriptor's number, when executed by one
    ::signal(SIGCHLD, SIG_DFL);        // ignored by the caller, nobody could be waited for
    // Nothing that the caller had open reaches a container.
    ::close_range(3, ~0U, 0);
    open_standard_streams();
    ::umask(022);
    try {
        return dispatch(parse_options({argv + 1, argv + argc}));
    } catch (const selns::Error& error) {
        const std::string hint = error.hint().empty() ? "" : " (" + error.hint() + ")";
        std::fprintf(stderr, "selns-run: %s%s\n", error.message().c_str(), hint.c_str());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "selns-run: %s\n", error.what());
    }
    return 125;
}
