#include "selns-run/options.hpp"

#include "selns-run/launch_file.hpp"

#include <charconv>

namespace selns::run {

namespace {

using Action = Options::Action;

Error usage(const std::string& message) {
    return Error(ErrorKind::usage, message).hint("see `selns-run --help`");
}

unsigned number(const std::string& option, const std::string& text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > 86'400)
        throw usage(option + " takes a number of seconds");
    return value;
}

SelinuxUse use(const std::string& text) {
    if (text == "required")
        return SelinuxUse::required;
    if (text == "auto")
        return SelinuxUse::automatic;
    if (text == "none")
        return SelinuxUse::initial;
    throw usage("--selinux-namespace takes required, auto or none");
}

bool is_host(const std::string& network) {
    if (network != "host" && network != "private")
        throw usage("--network takes private or host");
    return network == "host";
}

class Parser {
  public:
    explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

    Options parse() {
        options_.words = arguments_;
        take_action();
        while (at_ < arguments_.size() && arguments_[at_] != "--")
            take_one(arguments_[at_++]);
        if (at_ < arguments_.size())
            options_.command.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                                    arguments_.end());
        check();
        return options_;
    }

  private:
    void take_action() {
        if (arguments_.empty() || arguments_[0] == "--help" || arguments_[0] == "-h") {
            options_.action = Action::help;
            at_ = arguments_.size();
            return;
        }
        static const std::pair<const char*, Action> actions[] = {
            {"enter", Action::enter}, {"exec", Action::exec},     {"list", Action::list},
            {"stop", Action::stop},   {"status", Action::status}, {"unshare", Action::unshare}};
        for (const auto& [name, action] : actions)
            if (arguments_[0] == name) {
                options_.action = action;
                ++at_;
            }
    }

    // --option VALUE or --option=VALUE
    bool take_value(const std::string& word, const std::string& option, std::string& value) {
        if (word.starts_with(option + "=")) {
            value = word.substr(option.size() + 1);
        } else if (word == option) {
            if (at_ == arguments_.size())
                throw usage(option + " takes a value");
            value = arguments_[at_++];
        } else {
            return false;
        }
        if (value.empty())
            throw usage(option + " takes a value");
        return true;
    }

    void take_one(const std::string& word) {
        if (!word.starts_with("-")) {
            if (!options_.what.empty())
                throw usage("one word too many: " + printable(word) + "; a command comes after --");
            options_.what = word;
        } else if (!take_option(word, options_.action)) {
            throw usage("no such option here: " + printable(word));
        }
    }

    bool take_option(const std::string& word, Action action) {
        const bool run = action == Action::run;
        const bool starts = run || action == Action::enter;
        std::string value;
        if (starts && take_value(word, "--selinux-namespace", value))
            options_.selinux = use(value);
        else if (starts && word == "--without-selinux")
            options_.selinux = SelinuxUse::off;
        else if (starts && (word == "--enforcing" || word == "--permissive"))
            options_.enforcing = word == "--enforcing";
        else if (starts && take_value(word, "--network", value))
            options_.host_network = is_host(value);
        else if (starts && word == "--new-mounts")
            options_.more_calls.new_mounts = true;
        else if (starts && word == "--nested-namespaces")
            options_.more_calls.selinux_namespaces = true;
        else if ((action == Action::list || action == Action::status) && word == "--json")
            options_.json = true;
        else if (run && word == "--read-only")
            options_.read_only = true;
        else if (run && word == "--kernel-log")
            options_.kernel_log = true;
        else if (run && take_value(word, "--init-argument", value))
            options_.init_arguments.push_back(value);
        else if ((run || action == Action::stop) && take_value(word, "--limit", value))
            options_.limit = number("--limit", value);
        else
            return (starts && take_value(word, "--launch", options_.launch_file)) ||
                   (run && (take_value(word, "--name", options_.name) ||
                            take_value(word, "--units", options_.units) ||
                            take_value(word, "--denials", options_.denials))) ||
                   ((starts || action == Action::exec) &&
                    take_value(word, "--context", options_.context));
        return true;
    }

    void check() const {
        const Action action = options_.action;
        const bool starts = action == Action::run || action == Action::enter;
        const bool named =
            action == Action::run || action == Action::exec || action == Action::stop;
        if (named && options_.what.empty())
            throw usage(action == Action::run ? "an image or a directory is missing"
                                              : "a container's name is missing");
        if (!named && action != Action::status && !options_.what.empty())
            throw usage("one word too many: " + printable(options_.what));
        if ((action == Action::exec || action == Action::unshare) && options_.command.empty())
            throw usage("a command is missing, after --");
        if (action == Action::enter && options_.launch_file.empty() &&
            options_.selinux != SelinuxUse::off)
            throw usage("--launch is missing");
        if (!options_.command.empty() && !starts && action != Action::exec &&
            action != Action::unshare)
            throw usage("no command is taken here");
        if (!options_.init_arguments.empty() && !options_.command.empty())
            throw usage("--init-argument is for an init, not for a command");
        if (!options_.context.empty() && starts && options_.command.empty())
            throw usage("--context is for a command; an init gets its context by the policy");
        if (!options_.context.empty() && !is_context(options_.context))
            throw usage("--context takes a security context");
        if (!options_.command.empty() && options_.command[0].empty())
            throw usage("the command is empty");
    }

    const std::vector<std::string>& arguments_;
    std::size_t at_ = 0;
    Options options_;
};

} // namespace

Options parse_options(const std::vector<std::string>& arguments) {
    return Parser(arguments).parse();
}

const char* help_text() {
    return R"(usage: selns-run [OPTION]... ROOTFS|IMAGE [-- COMMAND...]
       selns-run exec [--context CONTEXT] NAME -- COMMAND...
       selns-run list [--json]
       selns-run stop [--limit SECONDS] NAME
       selns-run status [--json] [NAME|PID]
       selns-run unshare -- COMMAND...
       selns-run enter --launch FILE [OPTION]... [-- COMMAND...]

Starts the init of an image that selns-build made (or COMMAND) in a container that has its own
SELinux namespace with the image's policy.

  --selinux-namespace=required|auto|none
                       none: the policy goes into the machine's own namespace, which must not
                       have one yet; auto: that if the kernel has no namespaces
  --without-selinux    no policy of the image confines the container
  --enforcing, --permissive
                       instead of what the image's /etc/selinux/config says
  --context CONTEXT    of COMMAND, instead of what it has when the init executes it
  --launch FILE        instead of NAME.launch.json beside the image
  --name NAME          instead of the launch file's
  --network private|host
                       private, the default: a loopback interface alone
  --new-mounts         fsopen, fsconfig, fsmount and move_mount, too: systemd 258 and newer cannot
                       start services without
  --nested-namespaces  the container may make SELinux namespaces of its own
  --read-only          leave the image as it is
  --denials FILE       append the container's SELinux denials to FILE
  --kernel-log         /dev/kmsg, which nothing else gets: for a machine that is there for this
                       container alone
  --units DIR          what is in it is put below /run/systemd/system, and started
  --init-argument WORD for the init; may be given more than once
  --limit SECONDS      to end when asked to, before it is killed (90)

`enter` does in a container that another runtime has made what such a runtime does not, and
becomes its init (or COMMAND): NAME.oci.json says so to an OCI runtime.

The console is that of the container; ctrl-] pressed three times ends it. SIGTERM stops it in
order, a second one at once.

Exit status: the container's; 0 when it powered itself off, 133 when it asked for a reboot,
128 + N for signal N, 125 for an error of selns-run.
)";
}

} // namespace selns::run
