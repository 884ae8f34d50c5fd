#include "selns-build/command_line.hpp"

#include "selns-build/commands/commands.hpp"
#include "selns-build/declaration.hpp"
#include "selns-build/look.hpp"
#include "selns-build/suggest.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace selns::cmd {

namespace {

using Arguments = std::vector<std::string>;

struct Subcommand {
    const char* name;
    const char* arguments;
    const char* summary;
    const char* more; // shown by its own --help
    Command (*parse)(const Subcommand& self, const Arguments& arguments);
};

std::string help_of(const Subcommand& command, const Declaration& declaration) {
    return std::string("Usage: selns-build ") + command.name + command.arguments + "\n\n" +
           command.more + "\nOptions:\n" + declaration.list_options();
}

template <typename Options>
Command parse_as(const Subcommand& self, const Arguments& arguments) {
    Options options;
    Declaration declaration(std::string("selns-build ") + self.name);
    declare(declaration, options);
    if (!declaration.parse(arguments))
        return TextOptions{help_of(self, declaration)};
    return options;
}

const std::array subcommands{
    Subcommand{"build", " RECIPE... [OPTION]...", "make the images that recipes describe",
               "Makes what each recipe describes: images with every file labelled by their own\n"
               "SELinux policy, a manifest, launch files, and the local module merged with the\n"
               "recipe's denial logs. Outputs appear when they are complete and checked.\n"
               "\n"
               "Example:\n"
               "  selns-build build web.yaml --set selinux.mode=enforcing -o out\n"
               "\n"
               "With --progress json, events go to standard error, one JSON object a line, and\n"
               "each result goes to standard output as {\"event\": \"built\", ...}.\n"
               "\n"
               "Environment: SOURCE_DATE_EPOCH fixes all times in the outputs; the cache is in\n"
               "XDG_CACHE_HOME/selns-build; NO_COLOR turns colour off; SELNS_SANDBOX=weak\n"
               "goes on where the kernel refuses a part of the sandbox for files of others.\n",
               parse_as<BuildOptions>},
    Subcommand{"check", " RECIPE... [OPTION]...", "validate recipes, make nothing",
               "Reads recipes and the files that they name, and reports all that is wrong.\n"
               "\n"
               "Example:\n"
               "  selns-build check recipes/*.yaml\n",
               parse_as<CheckOptions>},
    Subcommand{"plan", " RECIPE [OPTION]...", "what a build would do, and why",
               "Shows the stages of a build, what each depends on and who says so, and whether\n"
               "the cache has it, or why not.\n"
               "\n"
               "Example:\n"
               "  selns-build plan web.yaml\n",
               parse_as<PlanOptions>},
    Subcommand{"show", " DIR|IMAGE [OPTION]...", "packages, policy, labels of a built image",
               "Shows packages, policy, labels and local rules of a built image. DIR is an\n"
               "output directory of a build, IMAGE a tar or ext4 image.\n"
               "\n"
               "Example:\n"
               "  selns-build show build/web\n",
               parse_as<ShowOptions>},
    Subcommand{"label list", " ROOT|ARCHIVE|IMAGE [PATH...] [OPTION]...",
               "the label that each file should have",
               "Prints each file and the context that the image's own file contexts give it, with\n"
               "a tab between: those at or below PATHs, or all. <<none>> stands for no label; a\n"
               "byte of a name that is no text is written as \\x0a, a backslash twice.\n"
               "\n"
               "Example:\n"
               "  selns-build label list build/web/web.tar /etc --type shadow_t\n",
               parse_as<LabelListOptions>},
    Subcommand{"label verify", " ROOT|ARCHIVE|IMAGE [PATH...] [OPTION]...",
               "stored labels against those that should be",
               "Compares the label that each file has with the one that it should have. Status 1\n"
               "when one differs.\n"
               "\n"
               "Example:\n"
               "  selns-build label verify build/web/web.ext4\n",
               parse_as<LabelVerifyOptions>},
    Subcommand{"label apply", " ROOT [OPTION]...", "label the files of a directory",
               "Gives each file below the directory ROOT the label that ROOT's own file contexts\n"
               "say, where it has another one. No symlink is followed. Interrupted, it can be run\n"
               "again.\n"
               "\n"
               "Example:\n"
               "  selns-build label apply --dry-run /srv/containers/web\n",
               parse_as<LabelApplyOptions>},
    Subcommand{"label explain", " ROOT|ARCHIVE|IMAGE PATH... [OPTION]...",
               "why a file gets its label",
               "Shows for each PATH the context that it should have, the specification that gives\n"
               "it, those that it beat and why, and the stored label when that differs.\n"
               "\n"
               "Example:\n"
               "  selns-build label explain build/web/web.tar /usr/sbin/nginx\n",
               parse_as<LabelExplainOptions>},
    Subcommand{"denials merge", " [LOG...] [OPTION]...", "put denials into the local module",
               "Merges what the denials of LOGs ask for into the local module, in CIL or (by its\n"
               "name) .te: one rule for each source, target and class. Each denial is judged\n"
               "against the base policy first; only those that a rule helps, and that no guard\n"
               "refuses, become rules. Without LOG, the recipe's logs are read; - is standard\n"
               "input.\n"
               "\n"
               "Example:\n"
               "  selns-build denials merge --module selinuxns.cil --recipe web.yaml boot.log\n",
               parse_as<DenialsMergeOptions>},
    Subcommand{"denials explain", " [LOG...] [OPTION]...", "what becomes of each denial, and why",
               "Shows the verdict on each denial of LOGs: what it means, why, and what to do.\n"
               "\n"
               "Example:\n"
               "  selns-build denials explain --policy build/web/web.ext4 --journal --since -2h\n",
               parse_as<DenialsExplainOptions>},
    Subcommand{"denials prune", " [OPTION]...", "drop rules that the base policy has by now",
               "Drops the rules of the local module that the base policy has come to allow.\n"
               "\n"
               "Example:\n"
               "  selns-build denials prune --module selinuxns.cil --recipe web.yaml\n",
               parse_as<DenialsPruneOptions>},
    Subcommand{"denials import", " MODULE [OPTION]...", "take another module's rules over",
               "Takes the rules of MODULE (.te, .cil or .pp, as audit2allow makes them) into the\n"
               "local module.\n"
               "\n"
               "Example:\n"
               "  selns-build denials import --module selinuxns.cil old/mymodule.pp\n",
               parse_as<DenialsImportOptions>},
    Subcommand{
        "boot", " DIR|IMAGE [OPTION]...", "boot an image in a virtual machine",
        "Boots the ext4 image of an output directory, or IMAGE, and says what was seen: the\n"
        "target reached, the SELinux mode, failed units, denials. The workload of the recipe\n"
        "runs, too. The image stays as it was. Status 1 when the boot failed. Logs go to\n"
        "NAME.boot beside the image: kernel.log for the denials, console.log.\n"
        "\n"
        "Example:\n"
        "  selns-build boot build/web && \\\n"
        "      selns-build denials merge --recipe web.yaml build/web/web.boot/kernel.log\n",
        parse_as<BootOptions>},
    Subcommand{
        "converge", " RECIPE [OPTION]...", "boot and learn until it boots enforcing",
        "Builds the recipe's image permissive, boots it, merges its denials into the local\n"
        "module and builds again, until a boot brings nothing new; then boots it enforcing.\n"
        "The module and the enforcing image are written when that boot had no denial. What\n"
        "no rule can help is named, with what would. The recipe is not written. Interrupted,\n"
        "it goes on where it was.\n"
        "\n"
        "Example:\n"
        "  selns-build converge web.yaml -o build/web\n",
        parse_as<ConvergeOptions>},
    Subcommand{"kernel list", " [OPTION]...", "kernels that can be built, and which are",
               "Shows the kernel recipes that the program brings along, where each kernel comes\n"
               "from, and whether it has been built.\n"
               "\n"
               "Example:\n"
               "  selns-build kernel list\n",
               parse_as<KernelListOptions>},
    Subcommand{"kernel build", " KERNEL [OPTION]...", "make a kernel that images boot with",
               "Makes the kernel KERNEL: the name of a shipped one, or a kernel recipe's file.\n"
               "Leaves a bundle: vmlinuz, config, manifest.json and, where it has any, modules.\n"
               "Each symbol of the recipe's configuration fragments must come out as written\n"
               "there. What was made is cached: the same again is a copy.\n"
               "\n"
               "Example:\n"
               "  selns-build kernel build debian-source -o kernel\n",
               parse_as<KernelBuildOptions>},
    Subcommand{"kernel check", " FILE|BUNDLE|--running [OPTION]...",
               "what a kernel can do for which launch mode",
               "Shows whether a kernel has SELinux, SELinux namespaces, audit, file systems that\n"
               "keep labels, virtio, and what that means: for images as virtual machines, and\n"
               "for containers in an SELinux namespace of their own on a host with this kernel.\n"
               "FILE is a configuration or a kernel image that carries one. Status 1 when no\n"
               "mode can work; with --recipe, when the one that its kernel is for cannot.\n"
               "\n"
               "Example:\n"
               "  selns-build kernel check /boot/config-6.1.0-41-cloud-amd64\n",
               parse_as<KernelCheckOptions>},
    Subcommand{"doctor", " [RECIPE] [OPTION]...", "what this host can do, and what would help",
               "Looks at each bootstrap, image format, launch mode and kernel: whether it works\n"
               "here, and if not, the command or package that would fix it. With RECIPE, the\n"
               "status is 1 when something that its build or launch needs is missing.\n"
               "\n"
               "Example:\n"
               "  selns-build doctor web.yaml\n",
               parse_as<DoctorOptions>},
    Subcommand{
        "cache list", " [OPTION]...", "what earlier runs keep for later ones",
        "Shows what is kept of archives, policies, kernels and answers, how large it is, who\n"
        "made it and when it was used last.\n"
        "\n"
        "Example:\n"
        "  selns-build cache list\n",
        parse_as<CacheListOptions>},
    Subcommand{
        "cache clean", " [OPTION]...", "remove what is kept",
        "Removes what earlier runs keep: all of it, or what was not used for some days. What\n"
        "a build needs again it makes again. Does nothing while another selns-build runs.\n"
        "\n"
        "Example:\n"
        "  selns-build cache clean --unused 30\n",
        parse_as<CacheCleanOptions>},
    Subcommand{"schema", "", "the JSON Schema of recipes, for editors",
               "Prints the JSON Schema of recipes. Editors complete and check recipes with it.\n"
               "\n"
               "Example:\n"
               "  selns-build schema > recipe.schema.json\n",
               parse_as<SchemaOptions>},
};

std::string general_help() {
    std::string text =
        "Usage: selns-build RECIPE... [OPTION]...      (short for build)\n"
        "       selns-build COMMAND [ARGUMENT]...\n"
        "\n"
        "Builds container images that carry their own SELinux policy, from recipes.\n"
        "\n"
        "Commands:\n";
    for (const Subcommand& command : subcommands)
        text += "  " + pad(command.name, 17) + command.summary + "\n";
    return text + "\n"
                  "Example:\n"
                  "  selns-build examples/quickstart.yaml -o out\n"
                  "\n"
                  "Options:\n"
                  "  -h, --help      show this; with a command, its arguments and options\n"
                  "      --version   show the version\n"
                  "\n"
                  "Exit status: 0 done, 1 failed or a check found something, 2 wrong usage,\n"
                  "3 invalid recipe or input file, 4 an external tool failed, 130 interrupted.\n";
}

const Subcommand* find_subcommand(std::string_view name) {
    const auto* found = std::find_if(subcommands.begin(), subcommands.end(),
                                     [&](const Subcommand& known) { return name == known.name; });
    return found != subcommands.end() ? found : nullptr;
}

// Whether NAME is the first of the two words of some commands: "denials".
bool is_group(const std::string& name) {
    return std::any_of(subcommands.begin(), subcommands.end(), [&](const Subcommand& known) {
        return std::string_view(known.name).starts_with(name + " ");
    });
}

std::string group_help(const std::string& group) {
    std::string text = "Usage: selns-build " + group + " COMMAND [ARGUMENT]...\n\nCommands:\n";
    for (const Subcommand& command : subcommands)
        if (const std::string_view name = command.name; name.starts_with(group + " "))
            text += "  " + pad(name.substr(group.size() + 1), 10) + command.summary + "\n";
    return text;
}

// The command of the two words at the front of ARGUMENTS, which are taken off.
Command parse_group(Arguments arguments) {
    const std::string group = arguments.front();
    arguments.erase(arguments.begin());
    if (arguments.empty() || arguments.front() == "-h" || arguments.front() == "--help")
        return TextOptions{group_help(group)};
    const Subcommand* command = find_subcommand(group + " " + arguments.front());
    if (command != nullptr) {
        arguments.erase(arguments.begin());
        return command->parse(*command, arguments);
    }
    Arguments names;
    for (const Subcommand& known : subcommands)
        if (const std::string_view name = known.name; name.starts_with(group + " "))
            names.emplace_back(name.substr(group.size() + 1));
    throw Error(ErrorKind::usage, "\"" + arguments.front() + "\" is no command of " + group +
                                      suggest(arguments.front(), names))
        .hint("see `selns-build " + group + " --help`");
}

// Where the first argument is that is neither an option nor the value of one of build's.
std::optional<std::size_t> first_word(const Arguments& arguments) {
    BuildOptions ignored;
    Declaration build("");
    declare(build, ignored);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--")
            return std::nullopt; // what follows are recipes, whatever their names
        if (!arguments[i].starts_with('-') || arguments[i] == "-")
            return i;
        if (build.takes_value(arguments[i]))
            ++i;
    }
    return std::nullopt;
}

bool looks_like_recipe(const std::string& word) {
    std::error_code ignored;
    return word.ends_with(".yaml") || word.ends_with(".yml") ||
           word.find('/') != std::string::npos || std::filesystem::exists(word, ignored);
}

Error unknown_command(const std::string& word) {
    Arguments names;
    for (const Subcommand& command : subcommands)
        names.emplace_back(command.name);
    return Error(ErrorKind::usage,
                 "\"" + word + "\" is neither a command nor a recipe's file" + suggest(word, names))
        .hint("see `selns-build --help`");
}

} // namespace

Command parse_command_line(const Arguments& arguments) {
    if (arguments.empty())
        throw Error(ErrorKind::usage, "expected a recipe or a command")
            .hint("see `selns-build --help`");
    const Subcommand& build = subcommands.front();
    const auto word = first_word(arguments);
    if (!word || *word > 0) {
        const auto asks = [&](const char* option) { return arguments.front() == option; };
        if (asks("-h") || asks("--help"))
            return TextOptions{general_help()};
        if (asks("--version"))
            return TextOptions{"selns-build " SELNS_VERSION "\n"};
        if (!word)
            return build.parse(build, arguments);
    }
    const Subcommand* command = find_subcommand(arguments[*word]);
    if (is_group(arguments[*word]) && *word == 0)
        return parse_group(arguments);
    if (command == nullptr && !looks_like_recipe(arguments[*word]))
        throw unknown_command(arguments[*word]);
    if (command == nullptr)
        return build.parse(build, arguments);
    Arguments rest = arguments;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(*word));
    return command->parse(*command, rest);
}

} // namespace selns::cmd
