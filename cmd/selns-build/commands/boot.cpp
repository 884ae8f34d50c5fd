#include "selns/pipeline/boot.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/list.hpp"
#include "selns-build/commands/setting.hpp"
#include "selns-build/render/boot.hpp"
#include "selns-build/session.hpp"

namespace selns::cmd {

namespace {

struct BootOptions {
    std::filesystem::path what;
    std::string kernel;
    std::filesystem::path output;
    bool console = false;
    bool persist = false;
    bool container = false;
    std::optional<bool> own_namespace; // nothing: as launch.json says
    unsigned limit = 300;              // seconds
    unsigned quiet = 5;
    bool json = false;
    ProgressMode progress = ProgressMode::automatic;
};

} // namespace

void declare(CLI::App& app, BootOptions& options) {
    add_required_path(app, "DIR|IMAGE", options.what, "an output directory or an ext4 image");
    app.add_option("--kernel", options.kernel, "another kernel than launch.json's")
        ->type_name("NAME|BUNDLE")
        ->check(filled("NAME|BUNDLE"));
    add_output(app, options.output, "where logs go (default: NAME.boot beside the image)");
    app.add_flag("--console", options.console, "give the console to you; ctrl-a x ends it");
    app.add_flag("--persist", options.persist, "write to the image itself, not to a copy");
    app.add_flag("--container", options.container,
                 "start it as a container, on a host without a policy");
    add_selinux_namespace(app, options.own_namespace);
    add_number(app, "--limit", options.limit, "SECONDS",
               "how long it may take at most, and its shutdown again (default: 300)");
    add_number(app, "--quiet", options.quiet, "SECONDS",
               "how long the log has to be quiet at the end (default: 5)", 0);
    app.add_flag("--json", options.json, "everything, as JSON");
    add_progress(app, options.progress);
    app.final_callback([&] {
        if (options.console && options.json)
            throw usage(app, "--console and --json exclude each other");
        if (options.own_namespace && !options.container)
            throw usage(app, "--selinux-namespace is for --container");
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

const Subcommand boot_command = {
    "boot", " DIR|IMAGE [OPTION]...", "boot an image in a virtual machine",
    "Boots the ext4 image of an output directory, or IMAGE, and says what was seen: the\n"
    "target reached, the SELinux mode, failed units, denials. The workload of the recipe\n"
    "runs, too. The image stays as it was. Status 1 when the boot failed. Logs go to\n"
    "NAME.boot beside the image: kernel.log for the denials, console.log.\n"
    "\n"
    "Example:\n"
    "  selns-build boot build/web && \\\n"
    "      selns-build denials merge --recipe web.yaml build/web/web.boot/kernel.log\n",
    declared<BootOptions, declare, run>};

} // namespace selns::cmd
