#include "selns-build/arguments.hpp"

#include "selns-build/look.hpp"
#include "selns-build/suggest.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace selns::cmd {

namespace {

constexpr std::array<std::pair<const char*, ProgressMode>, 5> progress_modes = {
    {{"auto", ProgressMode::automatic},
     {"bar", ProgressMode::bar},
     {"plain", ProgressMode::plain},
     {"json", ProgressMode::json},
     {"none", ProgressMode::none}}};

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        const std::string all = option->get_positional() ? "" : option->get_name(false, true);
        for (const std::string_view name : split(all, ','))
            names.emplace_back(name);
    }
    return names;
}

// "  -o, --output DIR"
std::string left_column(const CLI::Option& option) {
    std::string name = option.get_name(false, true);
    if (const auto comma = name.find(','); comma != std::string::npos)
        name.insert(comma + 1, " ");
    else
        name.insert(0, "    ");
    const bool has_value = option.get_items_expected_max() > 0;
    return "  " + name + (has_value ? " " + option.get_type_name() : "");
}

// A validator that only looks: what WRONG says of a value, empty when it is right.
CLI::Validator validator(std::function<std::string(const std::string&)> wrong) {
    return {[wrong = std::move(wrong)](std::string& value) { return wrong(value); }, "", ""};
}

// Throws when APP does not know all that it was given.
void refuse_leftovers(const CLI::App& app) {
    for (const std::string& argument : app.remaining()) {
        if (argument == "--")
            continue;
        if (!argument.starts_with('-'))
            throw usage(app, "unexpected argument \"" + argument + "\"");
        const std::string name = argument.substr(0, argument.find('='));
        throw usage(app, "unknown option " + name + suggest(name, option_names(app)));
    }
}

void refuse_missing(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_required() || option->count() > 0)
            continue;
        throw usage(app, "expected " + (option->get_positional()
                                            ? option->get_description()
                                            : option->get_name() + " " + option->get_type_name()));
    }
}

// A positional argument is not known by its name.
std::string without_name(const CLI::App& app, std::string message) {
    for (const CLI::Option* option : app.get_options())
        if (const std::string prefix = option->get_name() + ": ";
            option->get_positional() && message.starts_with(prefix))
            return message.substr(prefix.size());
    return message;
}

} // namespace

Error usage(const CLI::App& app, const std::string& message) {
    return Error(ErrorKind::usage, message).hint("see `" + app.get_name() + " --help`");
}

CLI::Validator filled(std::string what) {
    return validator([what = std::move(what)](const std::string& value) {
        return value.empty() ? "expected " + what : "";
    });
}

CLI::Validator one_of(std::vector<std::string> words) {
    return validator([words = std::move(words)](const std::string& value) -> std::string {
        if (std::ranges::find(words, value) != words.end())
            return {};
        return "expected " + either(words) + ", got \"" + value + "\"" + suggest(value, words);
    });
}

CLI::Option* add_path(CLI::App& app, std::string name, std::filesystem::path& value,
                      std::string description) {
    return app.add_option_function<std::string>(
        std::move(name), [&value](const std::string& text) { value = text; },
        std::move(description));
}

CLI::Option* add_required_path(CLI::App& app, std::string name, std::filesystem::path& value,
                               const std::string& description) {
    return add_path(app, std::move(name), value, description)
        ->required()
        ->check(filled(description));
}

CLI::Option* add_paths(CLI::App& app, std::string name, std::vector<std::filesystem::path>& values,
                       std::string description) {
    return app.add_option_function<std::vector<std::string>>(
        std::move(name),
        [&values](const std::vector<std::string>& texts) {
            values.assign(texts.begin(), texts.end());
        },
        std::move(description));
}

CLI::Option* add_file(CLI::App& app, std::string name, std::filesystem::path& value,
                      const std::string& what, std::string description) {
    return add_path(app, std::move(name), value, std::move(description))
        ->type_name(what)
        ->check(filled(what));
}

// CLI11 itself would take 010 for eight.
CLI::Option* add_number(CLI::App& app, std::string name, unsigned& value, const std::string& what,
                        std::string description, unsigned least) {
    const auto number = [](const std::string& text) -> std::optional<unsigned> {
        unsigned read = 0;
        const char* end = text.data() + text.size();
        const auto [at, error] = std::from_chars(text.data(), end, read);
        return error == std::errc() && at == end ? std::optional(read) : std::nullopt;
    };
    return app
        .add_option_function<std::string>(
            std::move(name), [&value, number](const std::string& text) { value = *number(text); },
            std::move(description))
        ->type_name(what)
        ->check(validator([least, number](const std::string& text) -> std::string {
            if (const auto read = number(text); read && *read >= least)
                return {};
            return fmt::format("expected a number from {} on, got \"{}\"", least, printable(text));
        }));
}

CLI::Option* add_recipes(CLI::App& app, std::vector<std::filesystem::path>& values) {
    const std::string what = "the file of a recipe";
    return add_paths(app, "RECIPE", values, what)->required()->check(filled(what));
}

CLI::Option* add_output(CLI::App& app, std::filesystem::path& value, std::string description) {
    return add_path(app, "-o,--output", value, std::move(description))
        ->type_name("DIR")
        ->check(filled("a directory"));
}

CLI::Option* add_overrides(CLI::App& app, std::vector<recipe::Override>& values) {
    return app
        .add_option_function<std::vector<std::string>>(
            "--set",
            [&values](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) {
                    const auto equals = text.find('=');
                    values.push_back({text.substr(0, equals), text.substr(equals + 1)});
                }
            },
            "put VALUE over the recipe's, as in selinux.mode=enforcing")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(validator([](const std::string& text) {
            const auto equals = text.find('=');
            const bool good = equals != 0 && equals != std::string::npos;
            return good ? "" : "expected KEY=VALUE, got \"" + text + "\"";
        }));
}

CLI::Option* add_progress(CLI::App& app, ProgressMode& value) {
    std::vector<std::string> names;
    for (const auto& [name, mode] : progress_modes)
        names.emplace_back(name);
    return app
        .add_option_function<std::string>(
            "--progress",
            [&value](const std::string& text) {
                for (const auto& [name, mode] : progress_modes)
                    if (text == name)
                        value = mode;
            },
            "auto, bar, plain, json or none")
        ->type_name("HOW")
        ->check(one_of(names));
}

CLI::Option* add_selinux_namespace(CLI::App& app, std::optional<bool>& required) {
    return app
        .add_option_function<std::string>(
            "--selinux-namespace",
            [&required](const std::string& text) { required = text == "required"; },
            "required: a container without one of its own is a failure; auto: it may have the "
            "machine's (default: as the recipe says)")
        ->type_name("required|auto")
        ->check(one_of({"required", "auto"}));
}

bool parse(CLI::App& app, const std::vector<std::string>& arguments) {
    app.set_help_flag("-h,--help", "show this"); // now, so that it is the last one listed
    try {
        // CLI11 takes them from the back.
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
        return false;
    } catch (const CLI::ExtrasError&) {
        refuse_leftovers(app);
    } catch (const CLI::RequiredError& error) {
        refuse_leftovers(app);
        refuse_missing(app);
        throw usage(app, error.what());
    } catch (const CLI::ParseError& error) {
        if (app.get_help_ptr()->count() > 0) // asked for, whatever else is wrong
            return false;
        throw usage(app, without_name(app, error.what()));
    }
    return true;
}

std::string list_options(const CLI::App& app) {
    int width = 0;
    for (const CLI::Option* option : app.get_options())
        if (!option->get_positional())
            width = std::max(width, columns(left_column(*option)));
    std::string text;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional())
            continue;
        std::string start = pad(left_column(*option), width + 2);
        for (const std::string& line : wrap(option->get_description(), 78 - width)) {
            text += start + line + "\n";
            start = std::string(static_cast<std::size_t>(width) + 2, ' ');
        }
    }
    return text;
}

bool takes_value(const CLI::App& app, const std::string& argument) {
    for (const CLI::Option* option : app.get_options())
        if (option->check_name(argument))
            return option->get_items_expected_max() > 0;
    return false;
}

} // namespace selns::cmd
