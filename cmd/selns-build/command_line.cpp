#include "selns-build/command_line.hpp"

#include "selns-build/arguments.hpp"
#include "selns-build/commands/version.hpp"
#include "selns-build/look.hpp"
#include "selns-build/suggest.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace selns::cmd {

namespace {

using Arguments = std::vector<std::string>;

Command text_command(std::string text) {
    return {text, [text](Session& session) {
                session.out.write(text);
                return 0;
            }};
}

Command parse_as(const Subcommand& self, const Arguments& arguments) {
    CLI::App app("", std::string("selns-build ") + self.name);
    const auto command = self.declare(app);
    if (!parse(app, arguments))
        return text_command(std::string("Usage: selns-build ") + self.name + self.arguments +
                            "\n\n" + self.more + "\nOptions:\n" + list_options(app));
    return command();
}

std::string general_help() {
    std::string text =
        "Usage: selns-build RECIPE... [OPTION]...      (short for build)\n"
        "       selns-build COMMAND [ARGUMENT]...\n"
        "\n"
        "Builds container images that carry their own SELinux policy, from recipes.\n"
        "\n"
        "Commands:\n";
    for (const Subcommand* command : subcommands())
        text += "  " + pad(command->name, 17) + command->summary + "\n";
    return text + "  help [COMMAND]   this, or a command's arguments and options\n"
                  "\n"
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
    for (const Subcommand* known : subcommands())
        if (name == known->name)
            return known;
    return nullptr;
}

// Whether NAME is the first of the two words of some commands: "denials".
bool is_group(const std::string& name) {
    return std::ranges::any_of(subcommands(), [&](const Subcommand* known) {
        return std::string_view(known->name).starts_with(name + " ");
    });
}

std::string group_help(const std::string& group) {
    std::string text = "Usage: selns-build " + group + " COMMAND [ARGUMENT]...\n\nCommands:\n";
    for (const Subcommand* command : subcommands())
        if (const std::string_view name = command->name; name.starts_with(group + " "))
            text += "  " + pad(name.substr(group.size() + 1), 10) + command->summary + "\n";
    return text;
}

// The command of the two words at the front of ARGUMENTS, which are taken off.
Command parse_group(Arguments arguments) {
    const std::string group = arguments.front();
    arguments.erase(arguments.begin());
    if (arguments.empty() || arguments.front() == "-h" || arguments.front() == "--help")
        return text_command(group_help(group));
    const Subcommand* command = find_subcommand(group + " " + arguments.front());
    if (command != nullptr) {
        arguments.erase(arguments.begin());
        return parse_as(*command, arguments);
    }
    Arguments names;
    for (const Subcommand* known : subcommands())
        if (const std::string_view name = known->name; name.starts_with(group + " "))
            names.emplace_back(name.substr(group.size() + 1));
    throw Error(ErrorKind::usage, "\"" + arguments.front() + "\" is no command of " + group +
                                      suggest(arguments.front(), names))
        .hint("see `selns-build " + group + " --help`");
}

Error unknown_command(const std::string& word) {
    Arguments names;
    for (const Subcommand* command : subcommands())
        names.emplace_back(command->name);
    names.emplace_back("help");
    return Error(ErrorKind::usage,
                 "\"" + word + "\" is neither a command nor a recipe's file" + suggest(word, names))
        .hint("see `selns-build --help`");
}

// "help", "help denials", "help denials merge"
Command parse_help(const Arguments& words) {
    if (words.empty() || words.front() == "-h" || words.front() == "--help")
        return text_command(general_help());
    Arguments arguments(words.begin() + 1, words.end());
    if (is_group(words.front())) {
        arguments.resize(std::min<std::size_t>(arguments.size(), 1));
        arguments.emplace_back("--help");
        arguments.insert(arguments.begin(), words.front());
        return parse_group(arguments);
    }
    if (const Subcommand* command = find_subcommand(words.front()))
        return parse_as(*command, {"--help"});
    throw unknown_command(words.front());
}

// Where the first argument is that is neither an option nor the value of one of build's.
std::optional<std::size_t> first_word(const Arguments& arguments) {
    CLI::App build;
    const auto ignored = subcommands().front()->declare(build);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--")
            return std::nullopt; // what follows are recipes, whatever their names
        if (!arguments[i].starts_with('-') || arguments[i] == "-")
            return i;
        if (takes_value(build, arguments[i]))
            ++i;
    }
    return std::nullopt;
}

bool looks_like_recipe(const std::string& word) {
    std::error_code ignored;
    return word.ends_with(".yaml") || word.ends_with(".yml") ||
           word.find('/') != std::string::npos || std::filesystem::exists(word, ignored);
}

} // namespace

Command parse_command_line(const Arguments& arguments) {
    if (arguments.empty())
        throw Error(ErrorKind::usage, "expected a recipe or a command")
            .hint("see `selns-build --help`");
    const Subcommand& build = *subcommands().front();
    const auto word = first_word(arguments);
    if (!word || *word > 0) {
        const auto asks = [&](const char* option) { return arguments.front() == option; };
        if (asks("-h") || asks("--help"))
            return text_command(general_help());
        if (asks("--version"))
            return text_command(version_line());
        if (!word)
            return parse_as(build, arguments);
    }
    if (arguments[*word] == "help" && *word == 0)
        return parse_help({arguments.begin() + 1, arguments.end()});
    const Subcommand* command = find_subcommand(arguments[*word]);
    if (is_group(arguments[*word]) && *word == 0)
        return parse_group(arguments);
    if (command == nullptr && !looks_like_recipe(arguments[*word]))
        throw unknown_command(arguments[*word]);
    if (command == nullptr)
        return parse_as(build, arguments);
    Arguments rest = arguments;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(*word));
    return parse_as(*command, rest);
}

} // namespace selns::cmd
