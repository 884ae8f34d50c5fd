#include "selns/pipeline/boot.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/render/boot.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

void declare(Declaration& declaration, BootOptions& options) {
    declaration.path(options.what, "DIR|IMAGE", "an output directory or an ext4 image");
    declaration.option(options.kernel, "--kernel", "NAME|BUNDLE",
                       "another kernel than launch.json's");
    declaration.output(options.output, "where logs go (default: NAME.boot beside the image)");
    declaration.flag(options.console, "--console", "give the console to you; ctrl-a x ends it");
    declaration.flag(options.persist, "--persist", "write to the image itself, not to a copy");
    declaration.flag(options.container, "--container",
                     "start it as a container, on a host without a policy");
    declaration.selinux_namespace(options.own_namespace);
    declaration.option(options.limit, "--limit", "SECONDS",
                       "how long it may take at most, and its shutdown again (default: 300)");
    declaration.option(options.quiet, "--quiet", "SECONDS",
                       "how long the log has to be quiet at the end (default: 5)", 0);
    declaration.flag(options.json, "--json", "everything, as JSON");
    declaration.progress(options.progress);
    declaration.check([&] {
        if (options.console && options.json)
            throw declaration.usage("--console and --json exclude each other");
        if (options.own_namespace && !options.container)
            throw declaration.usage("--selinux-namespace is for --container");
    });
}

int run(const BootOptions& options, Session& session) {
    const Setting setting(options.progress, session);
    const pipeline::BootRequest request{options.what,
                                        options.kernel,
                                        options.output,
                                        options.persist,
                                        options.container,
                                        options.own_namespace,
                                        std::chrono::seconds(options.limit),
                                        std::chrono::seconds(options.quiet)};
    if (options.console) {
        pipeline::boot_console(request, setting.context());
        return 0;
    }
    const pipeline::Booted booted = pipeline::boot_image(request, setting.context());
    session.out.write(options.json ? booted_json(booted) : booted_text(booted, session.out_look));
    return booted.failure.empty() ? 0 : 1;
}

} // namespace selns::cmd
